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
    result(applied, `${lines.join('\n')}\nTrain the first model: perennial run ${applied[0]?.ref.name ?? ''} training`);
  },
});
