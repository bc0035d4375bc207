import { Injectable } from '@nestjs/common';
import type { JobPayload } from '../ports/job-contracts.js';
import type { JobAttempt, JobHandlers } from '../ports/job-queue.js';
import { EncodeProcessor } from './encode.processor.js';
import { PackageProcessor } from './package.processor.js';
import { PipelineFailures } from './pipeline-failures.js';
import { PrepareProcessor } from './prepare.processor.js';
import { PublishProcessor } from './publish.processor.js';

type PipelineJob = 'prepare' | 'encode-first' | 'encode' | 'package' | 'publish';

/** The handlers of the pipeline's jobs. */
@Injectable()
export class PipelineHandlers {
  constructor(
    private readonly failures: PipelineFailures,
    private readonly preparing: PrepareProcessor,
    private readonly encoding: EncodeProcessor,
    private readonly packaging: PackageProcessor,
    private readonly publishing: PublishProcessor,
  ) {}

  handlers(): Pick<JobHandlers, PipelineJob> {
    const { failures } = this;
    const encode = (ids: JobPayload<'encode'>, attempt: JobAttempt) =>
      failures.guard(ids, attempt, (work) =>
        this.encoding.process(work, ids.run_id, attempt.signal),
      );
    return {
      prepare: (ids, attempt) =>
        failures.guard(ids, attempt, (work) => this.preparing.process(work, attempt.priority)),
      'encode-first': encode,
      encode,
      package: (ids, attempt) =>
        failures.guard(ids, attempt, (work) => this.packaging.process(work, attempt.signal)),
      publish: (ids, attempt) =>
        failures.guard(ids, attempt, (work) => this.publishing.process(work)),
    };
  }
}
