import { Module } from '@nestjs/common';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { ControlController } from './control.controller.js';
import { ControlService } from './control.service.js';

/** Cancelling and retrying. */
@Module({ imports: [CatalogueModule], providers: [ControlService], exports: [ControlService] })
export class ControlModule {}

/** The same over HTTP. */
@Module({ imports: [CatalogueModule, ControlModule], controllers: [ControlController] })
export class ControlApiModule {}
