import type { Config } from './config/config.js';
import type { FirstAdmin } from './first-start.js';

interface BannerFacts {
  admin: FirstAdmin | undefined;
  /** Where an embedded PostgreSQL had to move to. */
  databaseAt: string | undefined;
}

/** What a person wants to know when the platform is up. */
export function banner(config: Config, { admin, databaseAt }: BannerFacts): string {
  const rows: [string, string][] = [];
  if (admin) {
    rows.push(['Admin', admin.email]);
    if (admin.generatedPassword) {
      rows.push([
        'Password',
        `${admin.generatedPassword}   (made for this installation, shown once)`,
      ]);
    }
  }
  rows.push(['Mail', mailLine(config)], ['Data', config.dataDir]);
  if (databaseAt) {
    rows.push(['Database', `${databaseAt}   (PostgreSQL's user cannot enter the data folder)`]);
  }
  rows.push(['API', `${config.appUrl}/swagger/   ${config.appUrl}/redoc/`], ['Stop', 'Ctrl-C']);
  const lines = rows.map(([label, value]) => `  ${label.padEnd(9)} ${value}`);
  return ['', headline(config), '', ...lines, ''].join('\n');
}

function mailLine({ mail }: Config): string {
  return mail.kind === 'smtp'
    ? `sent through ${new URL(mail.url).host}`
    : `each one a file in ${mail.directory}; links are printed here`;
}

/** A process that does not serve has no address. */
function headline({ roles, appUrl }: Config): string {
  if (roles.has('api')) return `Videoflix is running at ${appUrl}`;
  return `Videoflix is running as ${[...roles].join(' and ')}`;
}
