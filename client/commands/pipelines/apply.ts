import type { Applied, PipelineStatus } from '../../../operations/index.ts';
import { command } from '../../command.ts';

export const apply = command({
  arguments: '[files...]',
  summary: 'Store declarations as revisions and set up schedules',
  example: 'pipelines/fraud.ts',
  options: [],
  async run(files, _options, { operations, readDeclarations, result }) {
    const applied = await operations.apply(await readDeclarations(files));
    const lines = applied.map(
      ({ ref, changed }) => `${ref.name} is at revision ${ref.revision}${changed ? '' : ' (unchanged)'}`,
    );
    const next = await Promise.all(
      applied.map(async (each) => nextStep(each, await operations.status.of(each.ref.name))),
    );
    result(applied, [...lines, ...next.flat()].join('\n'));
  },
});

function nextStep({ ref: { name }, changed }: Applied, { champion, snapshot }: PipelineStatus): string[] {
  if (champion) return changed ? [`Train it as declared now: perennial run ${name} training`] : [];
  const train = `its first model: perennial run ${name} training`;
  return snapshot?.status === 'published'
    ? [`Train ${train}`]
    : [`Read its data: perennial run ${name} data`, `Then train ${train}`];
}
