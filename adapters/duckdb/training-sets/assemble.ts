import { ENTITY, KEY, LABEL, SPLIT, TIME } from '../../../core/data/data.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { LARGEST_LABEL } from '../../../core/data/labels/label-kinds.ts';
import type { AssembleOptions } from '../../../core/data/analytics.ts';
import { splitNames, type SplitName, type Splits, type TrainingSet } from '../../../core/training/training.ts';
import { hashFile } from '../../objects/hash-file.ts';
import { rowsOf } from '../ask.ts';
import { loadFacts, matureRows } from './labelled.ts';
import { column, partRows, type PartRows } from '../rows.ts';
import { hashedSplits } from './hashed-splits.ts';
import { countHeld } from './held.ts';
import { findSplits, noRows, type SplitPlan } from './splits.ts';
import { copySorted } from '../sorted.ts';
import { double, parquet, text } from '../sql.ts';
import type { DuckDBConnection } from '@duckdb/node-api';
import { rm } from 'node:fs/promises';

/** No column has this stored name. */
const PLACE = '"~place"';

type PerSplit = Record<SplitName, number>;
/** Labels that are numbers have no positives. */
const none: PerSplit = { train: 0, selection: 0, calibration: 0, holdout: 0 };

export async function assemble(
  connection: DuckDBConnection,
  rowFiles: string[],
  labelFiles: string[],
  options: AssembleOptions,
  file: string,
): Promise<Omit<TrainingSet, 'objectKey'>> {
  if (rowFiles.length === 0) throw noRows(options);
  const source = await partRows(connection, rowFiles, Object.keys(options.columns));
  await loadFacts(connection, labelFiles, options);
  const plan = await (options.by
    ? hashedSplits(connection, source, options, options.by)
    : findSplits(connection, source, options));
  const { splits, labelled } = plan;
  try {
    await write(connection, source, options, plan, file);
    const { rows, positives, byClass, tooLarge } = await count(connection, file, options.classes);
    refuseEmptySplits(rows, splits, options);
    if (options.kind === 'number') refuseTooLarge(rows, tooLarge, splits);
    if (options.classes) refuseMissingClass(byClass, options.classes, splits);
    else if (options.kind !== 'number') refuseOneClass(rows, positives, splits);
    const unlabelled = options.whenAbsent === null ? (await countHeld(connection, source, splits)) - rows.holdout : 0;
    const left = labelled - splitNames.reduce((sum, split) => sum + rows[split], 0);
    const { sha256 } = await hashFile(file);
    return {
      sha256,
      splits,
      rows,
      positives: options.kind === 'number' ? none : positives,
      ...(unlabelled > 0 && { unlabelled }),
      ...(options.by ? { seen: left } : { embargoed: left }),
    };
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** Split by split, and within a split in an order that only keys and seed decide: a reader gets shuffled rows. */
async function write(
  connection: DuckDBConnection,
  rows: PartRows,
  options: AssembleOptions,
  { place, entity }: SplitPlan,
  file: string,
): Promise<void> {
  const { from, label } = matureRows(rows, options);
  const features = Object.keys(options.columns).map(column);
  const names = `[${splitNames.map(text).join(', ')}]`;
  const sorted = {
    select: `select * exclude (${PLACE}), ${names}[${PLACE}] as ${SPLIT} from (
        select ${[KEY, TIME].map((each) => `r.${each}`).join(', ')}, ${entity} as ${ENTITY}, ${features.map((each) => `r.${each}`).join(', ')},
          ${label} as ${LABEL}, ${place} as ${PLACE} from ${from})
      where ${PLACE} is not null`,
    columns: [KEY, TIME, ENTITY, LABEL, SPLIT, ...features],
    order: `list_position(${names}, ${SPLIT}), hash(${KEY}, ${Math.trunc(options.seed)}), ${KEY}, ${TIME}`,
  };
  await copySorted(connection, sorted, file);
}

interface Counted {
  rows: PerSplit;
  /** Of classes: the rows of the rarest. */
  positives: PerSplit;
  byClass: Record<SplitName, number[]>;
  tooLarge: PerSplit;
}

async function count(connection: DuckDBConnection, file: string, classes: readonly string[] = []): Promise<Counted> {
  const counted = await rowsOf<{ split: SplitName; rows: number; positives: number; tooLarge: number }>(
    connection,
    `select ${SPLIT} as split, count(*)::double as rows, count(*) filter (${LABEL} = 1)::double as positives,
       count(*) filter (not abs(${LABEL}) <= ${double(LARGEST_LABEL)})::double as "tooLarge"
     from ${parquet([file])} group by ${SPLIT}`,
  );
  const perSplit = (of: 'rows' | 'positives' | 'tooLarge'): PerSplit =>
    Object.fromEntries(
      splitNames.map((split) => [split, counted.find((found) => found.split === split)?.[of] ?? 0]),
    ) as PerSplit;
  const byClass = Object.fromEntries(splitNames.map((split) => [split, classes.map(() => 0)])) as Counted['byClass'];
  const [rows, tooLarge] = [perSplit('rows'), perSplit('tooLarge')];
  if (classes.length === 0) return { rows, positives: perSplit('positives'), byClass, tooLarge };
  for (const each of await rowsOf<{ split: SplitName; label: number; rows: number }>(
    connection,
    `select ${SPLIT} as split, ${LABEL} as label, count(*)::double as rows from ${parquet([file])} group by all`,
  ))
    byClass[each.split][each.label] = each.rows;
  const rarest = Object.fromEntries(splitNames.map((split) => [split, Math.min(...byClass[split])])) as PerSplit;
  return { rows, positives: rarest, byClass, tooLarge };
}

function refuseEmptySplits(rows: PerSplit, splits: Splits, { asOf, holdoutNotBefore, maturesAfter }: AssembleOptions) {
  const empty = splitNames.filter((split) => rows[split] === 0);
  if (empty.length === 0) return;
  const counts = splitNames.map((split) => `${split} ${rows[split]}`).join(', ');
  const notBefore = splits.by ? splits.by.notBefore : holdoutNotBefore;
  const champion =
    rows.holdout === 0 && notBefore !== null
      ? ` The holdout begins at ${notBefore}, since the champion has seen what lies before; wait until rows from ` +
        `then on have matured (after ${maturesAfter}).`
      : ` Declare a longer source.history, other splits or ${splits.by ? "splits.by: 'time'" : 'a shorter splits.embargo'}, or wait for more rows${splits.by?.kind === 'group' ? ' of other groups' : ''}.`;
  throw new UserError(
    'TOO_FEW_ROWS',
    `The rows from ${splits.from} to ${splits.to} with mature labels as of ${asOf} leave no row for ` +
      `${empty.join(' and ')} (rows: ${counts}).${champion}`,
  );
}

/** Also in the holdout, which no training reads. */
function refuseTooLarge(rows: PerSplit, tooLarge: PerSplit, { from, to }: Splits): void {
  const found = splitNames.filter((split) => tooLarge[split] > 0);
  if (found.length === 0) return;
  throw new UserError(
    'LABEL_TOO_LARGE',
    `Between ${from} and ${to} labels are no finite numbers, or beyond ${LARGEST_LABEL} in size: ` +
      `${found.map((split) => `${tooLarge[split]} of the ${rows[split]} rows of the ${split} split`).join(', ')}. No mean error ` +
      'can be told from them. Check which column holds the label, and correct such values where labels come from.',
  );
}

/** Accepts a holdout of one class: the gate then abstains with the reason. */
function refuseOneClass(rows: PerSplit, positives: PerSplit, splits: Splits): void {
  const learning = splitNames.filter((split) => split !== 'holdout');
  const oneClass = learning.filter((split) => positives[split] === 0 || positives[split] === rows[split]);
  if (oneClass.length === 0) return;
  const counts = learning.map((split) => `${split} ${positives[split]} of ${rows[split]}`).join(', ');
  throw new UserError(
    'LABEL_ONE_CLASS',
    `Between ${splits.from} and ${splits.by ? splits.to : splits.holdout} the labels of ${oneClass.join(' and ')} are all the same (positive: ` +
      `${counts}). A model needs both: check that label facts arrive and that their keys are the rows' keys, ` +
      'or declare a longer source.history.',
  );
}

/** What the train split lacks cannot be learnt; one class alone cannot be told from others. */
function refuseMissingClass(byClass: Counted['byClass'], classes: readonly string[], splits: Splits): void {
  const inWords = (split: SplitName): string =>
    classes.map((name, place) => `${name} ${byClass[split][place]}`).join(', ');
  const missing = classes.filter((_, place) => byClass.train[place] === 0);
  if (missing.length > 0)
    throw new UserError(
      'LABEL_CLASS_MISSING',
      `Between ${splits.from} and ${splits.by ? splits.to : splits.selection} no row of the train split has the label ${missing.join(' or ')} (rows: ` +
        `${inWords('train')}). A class without rows cannot be learnt: declare a longer source.history, wait for such ` +
        'labels, or take the class out of label.classes.',
    );
  const alone = (['selection', 'calibration'] as const).find(
    (split) => byClass[split].filter((rows) => rows > 0).length < 2,
  );
  if (alone)
    throw new UserError(
      'LABEL_ONE_CLASS',
      `Between ${splits.selection} and ${splits.by ? splits.to : splits.holdout} the labels of ${alone} are all the same (rows: ${inWords(alone)}). ` +
        'A model needs several classes: check that label facts arrive, or declare a longer source.history.',
    );
}
