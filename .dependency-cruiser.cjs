/** A feature's own folder may be imported from these folders, and from nowhere else. */
const FEATURES =
  'account|admin|audit|auth|catalogue|cron|deletion|export|fixtures|health|housekeeping|ingest|jobs|library|mail|media-keys|openapi|pipeline|playback|service-keys|site|subtitles|transcoders|users';

/** Which features a feature may lean on; common, config, ports and the pure media core are free. */
const ALLOWED = {
  account: 'audit|auth|catalogue|ingest|library|mail|subtitles|users',
  admin: 'account|audit|auth|catalogue|library|mail|service-keys|users',
  audit: '',
  auth: 'audit|mail|service-keys|users',
  catalogue: 'audit|media-keys|users',
  cron: '',
  deletion: 'audit|catalogue|ingest',
  export: 'audit|users',
  fixtures: 'auth|catalogue|ingest|pipeline|users',
  health: '',
  housekeeping: '',
  ingest: 'catalogue',
  jobs: 'catalogue|ingest|pipeline|subtitles',
  library: 'audit|catalogue',
  mail: '',
  'media-keys': 'audit',
  openapi: '',
  pipeline: 'catalogue|subtitles',
  playback: 'catalogue|library|media-keys|subtitles',
  'service-keys': 'audit',
  site: '',
  subtitles: 'catalogue',
  transcoders: 'catalogue|pipeline',
  users: '',
};

const featureRules = Object.entries(ALLOWED).map(([feature, others]) => ({
  name: `${feature}-leans-only-on`,
  comment: `src/${feature} may import these features: ${others || 'none'}.`,
  severity: 'error',
  from: { path: `^src/${feature}/`, pathNot: '^src/openapi/generate' },
  to: {
    path: `^src/(${FEATURES})/`,
    pathNot: `^src/(${[feature, others].filter(Boolean).join('|')})/`,
  },
}));

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^(src|web/src)/', pathNot: '\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'media-is-pure',
      comment:
        'src/media decides and does nothing: no Node modules, no Nest, no TypeORM, no other folder.',
      severity: 'error',
      from: { path: '^src/media/' },
      to: { pathNot: '^(src/media/|node_modules/(zod|xmlbuilder2)/)' },
    },
    {
      name: 'media-tools-knows-only-media',
      severity: 'error',
      from: { path: '^src/media-tools/' },
      to: { path: '^src/', pathNot: '^src/(media-tools|media)/' },
    },
    {
      name: 'only-media-tools-starts-processes',
      comment: 'The supervisor of the embedded database is the one other process we start.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(media-tools|infrastructure/database/embedded)/' },
      to: { path: '^(node:)?child_process$' },
    },
    {
      name: 'ports-know-no-adapter',
      severity: 'error',
      from: { path: '^src/(ports|common|config)/' },
      to: { path: '^src/', pathNot: '^src/(ports|common|config)/' },
    },
    {
      name: 'infrastructure-knows-only-ports',
      severity: 'error',
      from: { path: '^src/infrastructure/' },
      to: { path: '^(src|fixtures)/', pathNot: '^src/(infrastructure|ports|config|common)/' },
    },
    {
      name: 'adapters-are-chosen-in-one-place',
      comment: 'Features see ports; only the composition roots see infrastructure.',
      severity: 'error',
      from: { path: `^src/(${FEATURES}|media|media-tools|ports|common|config)/` },
      to: { path: '^src/infrastructure/' },
    },
    {
      name: 'no-foreign-repositories',
      comment: 'A feature uses another feature’s service, never its repository.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/[^/]+/.*\\.repository\\.ts$', pathNot: '^src/$1/' },
    },
    {
      name: 'nobody-imports-the-roots',
      severity: 'error',
      from: {
        path: `^src/(${FEATURES}|infrastructure|media|media-tools|ports|common|config)/`,
        pathNot: '^src/openapi/generate',
      },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'web-stands-alone',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^(src|fixtures|migrations|scripts)/' },
    },
    ...featureRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
