import { Command } from 'commander';
import type { Video } from '../catalogue/video.entity.js';
import { ControlService } from '../pipeline/control.service.js';
import { withServices } from './context.js';
import { labelOf } from './find-user.js';
import { tableOf } from './table.js';

const HEADINGS = ['ID', 'TITLE', 'OWNER', 'CODE', 'FAILED', 'DETAIL'];

export const listFailedCommand = new Command('list-failed')
  .description('show videos whose processing has failed for good, the latest first')
  .option('--json', 'print a JSON array instead of a table', false)
  .addHelpText('after', '\nMoments are in UTC. retry-failed processes them again.')
  .action(async ({ json }: { json: boolean }) => {
    const videos = await withServices((services) => services.get(ControlService).listFailed());
    if (json) console.log(JSON.stringify(videos.map(toJson), null, 2));
    else if (videos.length === 0) console.log('No video has failed.');
    else console.log(tableOf(HEADINGS, videos.map(toRow)));
  });

function toJson({ id, title, ownerId, owner, ...video }: Video) {
  return {
    id,
    title,
    owner: { id: ownerId, email: owner?.email ?? null, username: owner?.username ?? null },
    code: video.errorCode,
    detail: video.errorDetail,
    failed_at: video.failedAt,
    can_be_retried: video.sourceKey !== null,
  };
}

function toRow({ id, title, owner, errorCode, errorDetail, failedAt }: Video): string[] {
  // 2026-03-01 08:15
  const minute = failedAt?.toISOString().slice(0, 16).replace('T', ' ') ?? '';
  const name = owner ? labelOf(owner) : '';
  return [id, title, name, errorCode ?? '', minute, errorDetail ?? ''];
}
