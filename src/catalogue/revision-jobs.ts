import { FIRST_RUN, type EncodingRun } from '../media/encoding-plan.js';
import type { JobName } from '../ports/job-contracts.js';
import type { Revision } from './revision.entity.js';

/** The name and the id of a job; the id is made from the revision, so adding it twice adds it once. */
export interface JobRef {
  name: JobName;
  id: string;
}

export function prepareJob(revisionId: string): JobRef {
  return { name: 'prepare', id: `prepare-${revisionId}` };
}

export function encodeJob(
  revisionId: string,
  { id }: Pick<EncodingRun, 'id'>,
): JobRef & { name: 'encode' | 'encode-first' } {
  const name = id === FIRST_RUN ? 'encode-first' : 'encode';
  return { name, id: `encode-${revisionId}-${id}` };
}

export function packageJob(revisionId: string): JobRef {
  return { name: 'package', id: `package-${revisionId}` };
}

export function publishJob(revisionId: string): JobRef {
  return { name: 'publish', id: `publish-${revisionId}` };
}

/** One job for each run of the plan; none before there is a plan. */
export function encodeJobs({ id, plan }: Pick<Revision, 'id' | 'plan'>): JobRef[] {
  return (plan?.runs ?? []).map((run) => encodeJob(id, run));
}
