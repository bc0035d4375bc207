import { DEFAULT_ENCODING_SETTINGS } from '../../../src/media/encoding-settings.js';
import { planEncoding } from '../../../src/media/plan.js';
import { jobTree } from '../../../src/pipeline/flow.js';
import { JOB_CONTRACTS } from '../../../src/ports/job-contracts.js';
import type { JobNode } from '../../../src/ports/job-queue.js';
import { source } from '../media/sources.js';

const ids = {
  videoId: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01',
  revisionId: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a02',
};
const plan = planEncoding(source(), DEFAULT_ENCODING_SETTINGS);
const [run] = plan.runs;
if (!run) throw new Error('a plan has a run');
const twoRuns = { ...plan, runs: [run, { ...run, id: 'extra' }] };

function nodesOf(node: JobNode): JobNode[] {
  return [node, ...(node.after ?? []).flatMap(nodesOf)];
}

describe('the jobs of a plan', () => {
  test('publish what was packaged, and package what every run has encoded', () => {
    const payload = { video_id: ids.videoId, revision_id: ids.revisionId };
    expect(jobTree(ids, twoRuns)).toEqual({
      name: 'publish',
      id: `publish-${ids.revisionId}`,
      payload,
      after: [
        {
          name: 'package',
          id: `package-${ids.revisionId}`,
          payload,
          after: ['main', 'extra'].map((runId) => ({
            name: 'encode',
            id: `encode-${ids.revisionId}-${runId}`,
            payload: { ...payload, run_id: runId },
          })),
        },
      ],
    });
  });

  test('have the same ids whenever they are made, each its own', () => {
    const names = nodesOf(jobTree(ids, twoRuns)).map(({ id }) => id);
    expect(nodesOf(jobTree(ids, twoRuns, 5)).map(({ id }) => id)).toEqual(names);
    expect(new Set(names).size).toBe(names.length);
  });

  test('have other ids for another revision, and none with a colon, which queues reserve', () => {
    const other = { ...ids, revisionId: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a03' };
    const names = [...nodesOf(jobTree(ids, plan)), ...nodesOf(jobTree(other, plan))].map(
      ({ id = '' }) => id,
    );
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name.includes(':'))).toEqual([]);
  });

  test('all carry the priority of the upload, or none', () => {
    expect(nodesOf(jobTree(ids, twoRuns, 7)).map(({ priority }) => priority)).toEqual([7, 7, 7, 7]);
    for (const node of nodesOf(jobTree(ids, twoRuns))) expect(node).not.toHaveProperty('priority');
  });

  test('carry payloads as their contracts want them', () => {
    for (const { name, payload } of nodesOf(jobTree(ids, twoRuns))) {
      expect(JOB_CONTRACTS[name].payload.parse(payload)).toEqual(payload);
    }
  });
});
