import { Command } from 'commander';
import { z } from 'zod';
import { MediaKeyRotation } from '../media-keys/key-rotation.service.js';
import { CommandError, withServices } from './context.js';

const MinutesSchema = z.string().regex(/^\d+$/).transform(Number).pipe(z.number().max(10_080));

/** Every process has looked for new keys by then, and written them down for its proxy. */
const DEFAULT_MINUTES = '1';

export const rotatePlaybackKeyCommand = new Command('rotate-playback-key')
  .description('make a new key for playback links; links of older keys stay good until they expire')
  .option('--after <minutes>', 'when the new key begins to sign', DEFAULT_MINUTES)
  .option('--void-older', 'make all links of older keys void, at once', false)
  .addHelpText(
    'after',
    '\nProcesses learn of the new key by themselves. Where a proxy on another machine checks the links,' +
      '\ngive --after time enough to take it the output of export-playback-keys.',
  )
  .action(async (options: { after: string; voidOlder: boolean }) => {
    const minutes = MinutesSchema.safeParse(options.after);
    if (!minutes.success) throw new CommandError('--after takes a number of minutes.');
    const wait = options.voidOlder ? 0 : minutes.data;
    const signsFrom = new Date(Date.now() + wait * 60_000);
    const { id } = await withServices((services) =>
      services.get(MediaKeyRotation).rotate(signsFrom, options.voidOlder),
    );
    console.log(`Key ${id} signs playback links from ${signsFrom.toISOString()} on.`);
    console.log(
      options.voidOlder
        ? 'Links of older keys are void within 10 seconds; players ask for new ones.'
        : 'Links of older keys stay good until they expire, in 7 hours at most.',
    );
  });
