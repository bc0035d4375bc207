import { encodeJob, packageJob, publishJob } from '../catalogue/revision-jobs.js';
import type { EncodingPlan } from '../media/encoding-plan.js';
import type { JobNode } from '../ports/job-queue.js';

/** Ids that all jobs of one revision carry. */
export interface RevisionIds {
  videoId: string;
  revisionId: string;
}

/** The jobs that carry out a plan: publish, after package, after every run of the encoder. */
export function jobTree(
  { videoId, revisionId }: RevisionIds,
  plan: EncodingPlan,
  priority?: number,
): JobNode<'publish'> {
  const payload = { video_id: videoId, revision_id: revisionId };
  const urgency = priority === undefined ? {} : { priority };
  const encodes = plan.runs.map((run): JobNode<'encode' | 'encode-first'> => ({
    ...encodeJob(revisionId, run),
    payload: { ...payload, run_id: run.id },
    ...urgency,
  }));
  const packaging: JobNode<'package'> = {
    name: 'package',
    id: packageJob(revisionId).id,
    payload,
    ...urgency,
    after: encodes,
  };
  return {
    name: 'publish',
    id: publishJob(revisionId).id,
    payload,
    ...urgency,
    after: [packaging],
  };
}
