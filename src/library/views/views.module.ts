import { Module } from '@nestjs/common';
import { Trends } from './trends.service.js';
import { ViewCounter } from './view-counter.service.js';
import { ViewsRepository } from './views.repository.js';

/** Views, counted by whoever serves players and weighed by whoever works in the background. */
@Module({
  providers: [Trends, ViewCounter, ViewsRepository],
  exports: [Trends, ViewCounter],
})
export class ViewsModule {}
