import { alerts } from './alerts/index.ts';
import { automations } from './automations/index.ts';
import { batches } from './batches/index.ts';
import { experiments } from './experiments/index.ts';
import { installation } from './installation/index.ts';
import { keys } from './keys/index.ts';
import { labels } from './labels/index.ts';
import { models } from './models/index.ts';
import { pipelines } from './pipelines/index.ts';
import { rollouts } from './rollouts/index.ts';
import { runs } from './runs/index.ts';
import { schedules } from './schedules/index.ts';
import { snapshots } from './snapshots/index.ts';
import type { Nouns, Verbs } from '../command.ts';

/** Every command is a verb of one of these. */
export const nouns = {
  pipelines,
  runs,
  schedules,
  models,
  rollouts,
  experiments,
  snapshots,
  batches,
  labels,
  alerts,
  automations,
  keys,
  installation,
} satisfies Nouns;

export type CommandName = { [N in keyof typeof nouns]: `${N} ${keyof (typeof nouns)[N] & string}` }[keyof typeof nouns];

/** What is typed so often that the verb is enough. */
export const everyday = {
  status: pipelines.status,
  apply: pipelines.apply,
  run: pipelines.run,
  predict: models.predict,
  report: pipelines.report,
  explain: runs.explain,
  approve: rollouts.approve,
  rollback: models.rollback,
  pause: schedules.pause,
  resume: schedules.resume,
  doctor: installation.doctor,
} satisfies Verbs;
