/** The folders of the product itself, without examples, trials and tests. */
export const platform = [
  'core',
  'workflows',
  'activities',
  'adapters',
  'operations',
  'pages',
  'reports',
  'console',
  'server',
  'client',
  'workers',
  'wiring',
  'local',
];
