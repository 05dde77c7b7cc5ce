import type { Applied, Operations, PipelineStatus } from '../../../operations/index.ts';
import { command } from '../../command.ts';

export const apply = command({
  arguments: '[files...]',
  summary: 'Store declarations as revisions and set up schedules',
  example: 'pipelines/fraud.ts',
  options: [],
  async run(files, { json }: { json: boolean }, { operations, readDeclarations, columnProblems, note, result }) {
    const declared = await readDeclarations(files);
    const applied = await operations.apply(declared);
    const lines = applied.map(
      ({ ref, changed }) => `${ref.name} is at revision ${ref.revision}${changed ? '' : ' (unchanged)'}`,
    );
    // All is stored by now: what cannot be read costs the hint alone.
    const next = json ? [] : await nextSteps(applied, operations.status).catch(() => []);
    result(applied, [...lines, ...next].join('\n'));
    for (const { ref, advice = [] } of applied) for (const words of advice) note(`Warning: ${ref.name}: ${words}`);
    for (const problem of await columnProblems(declared)) note(`Warning: ${problem}`);
  },
});

async function nextSteps(applied: readonly Applied[], status: Operations['status']): Promise<string[]> {
  const [only, ...others] = applied;
  if (only && others.length === 0) return nextStep(only, await status.of(only.ref.name));
  const champions = new Map((await status.lines()).map(({ pipeline, champion }) => [pipeline.name, champion]));
  const [without, served, anew] = [
    applied.filter(({ ref }) => !champions.get(ref.name)),
    applied.filter(({ ref, changed, readsAnew }) => changed && !readsAnew && champions.get(ref.name)),
    applied.filter(({ ref, readsAnew }) => readsAnew && champions.get(ref.name)),
  ].map((some) => some.map(({ ref }) => ref.name).join(', '));
  return [
    ...(anew
      ? [`Read the data of what changed (${anew}): perennial run PIPELINE data, then perennial run PIPELINE training`]
      : []),
    ...(served ? [`Retrain with the new declaration (${served}): perennial run PIPELINE training`] : []),
    ...(without
      ? [`Train a first model (${without}): perennial run PIPELINE data, then perennial run PIPELINE training`]
      : []),
  ];
}

function nextStep({ ref: { name }, changed, readsAnew }: Applied, { champion, snapshot }: PipelineStatus): string[] {
  const read = `Read its data: perennial run ${name} data`;
  if (champion && readsAnew) return [read, `Then retrain with the new declaration: perennial run ${name} training`];
  if (champion) return changed ? [`Retrain with the new declaration: perennial run ${name} training`] : [];
  const train = `its first model: perennial run ${name} training`;
  return snapshot?.status === 'published' && !readsAnew ? [`Train ${train}`] : [read, `Then train ${train}`];
}
