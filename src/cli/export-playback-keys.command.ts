import { Command } from 'commander';
import { MediaKeyring } from '../media-keys/media-keyring.service.js';
import { withServices } from './context.js';

export const exportPlaybackKeysCommand = new Command('export-playback-keys')
  .description('print the keys of playback links, for a proxy on another machine that checks them')
  .addHelpText('after', '\nWhoever has them can make links to every video. Keep them as secret.')
  .action(async () => {
    const keys = await withServices((services) =>
      Promise.resolve(services.get(MediaKeyring).document()),
    );
    console.log(JSON.stringify(keys));
  });
