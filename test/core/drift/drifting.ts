import { type Binning } from '../../../core/data/profiles/binning.ts';
import { type Row } from '../../../core/data/data.ts';
import { parsePipeline, type Pipeline, type PipelineInput } from '../../../core/declaration/pipeline.ts';
import { countRow, emptyProfile, type Profile } from '../../../core/data/profiles/profile.ts';
import { createRandom, type Random } from '../../../core/base/random.ts';

/** A declaration in which only what drift checks look at is of interest. */
export const aPipeline = (columns: PipelineInput['columns'], drift: PipelineInput['drift'] = {}): Pipeline =>
  parsePipeline(
    {
      name: 'drifting',
      source: { kind: 'postgres', connection: { env: 'URL' }, table: 'rows', key: 'id', time: 'at' },
      columns,
      label: {
        name: 'label',
        facts: {
          kind: 'postgres',
          connection: { env: 'URL' },
          table: 'labels',
          key: 'id',
          value: 'value',
          observedAt: 'at',
        },
        maturesAfter: '1 day',
        whenAbsent: 0,
      },
      candidates: [{ kind: 'logistic', name: 'logistic' }],
      gates: { metric: 'rocAuc', margin: 0 },
      drift,
    },
    'test',
  );

/** The profile of some made-up rows. */
export function countRows(
  binning: Binning,
  rows: number,
  row: (random: Random, i: number) => Row,
  seed: number,
): Profile {
  const profile = emptyProfile(binning);
  const random = createRandom(seed);
  for (let i = 0; i < rows; i++) countRow(profile, binning, row(random, i));
  return profile;
}
