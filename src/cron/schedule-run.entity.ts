import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** One run of a scheduled task and how it ended. */
@Entity('schedule_runs')
export class ScheduleRun {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('text')
  schedule!: string;

  @Column('text')
  outcome!: 'running' | 'succeeded' | 'failed';

  @Column('text', { default: '' })
  detail!: string;

  @CreateDateColumn({ name: 'started_at', type: 'timestamptz' })
  startedAt!: Date;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}
