import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MailDelivery } from './mail-delivery.service.js';
import { MailLog } from './mail-log.service.js';
import { MailOutbox } from './mail-outbox.service.js';
import { MailSweepTask } from './mail-sweep.task.js';
import { OutgoingMail } from './outgoing-mail.entity.js';

@Module({})
class MailSweepModule {}

/** Mail that is not lost: the outbox, its delivery, and the record of both. */
@Module({
  imports: [TypeOrmModule.forFeature([OutgoingMail])],
  providers: [MailDelivery, MailLog, MailOutbox],
  exports: [MailDelivery, MailLog, MailOutbox],
})
export class MailModule {
  /**
   * What keeps lost mails coming back; for a scheduler, whose other sweep brings ScheduleModule:
   * a second one would run every interval twice.
   */
  static sweeper(): DynamicModule {
    return { module: MailSweepModule, imports: [MailModule], providers: [MailSweepTask] };
  }
}
