import { UserError, messageOf } from '../../../core/base/errors/errors.ts';
import { versionName } from '../../../core/base/ids.ts';
import type { WhatIf } from '../../../core/explaining/what-if.ts';
import { versionIn } from '../../../core/training/versions/version-names.ts';
import { command } from '../../command.ts';
import { columns } from '../../words.ts';
import { Option } from 'commander';

interface Options {
  beside?: string;
  from?: string;
  by?: number;
}

export const tryIt = command<Options>({
  arguments: '<pipeline> <version> [row]',
  summary: 'Try a row on a version: its score, why, and what would change it',
  example: 'fraud v3 --beside v5',
  description: `The row is JSON: columns in place of those of the typical row, like '{"amount": 940}'.`,
  options: [
    new Option('--beside <version>', 'another version, tried on the same row'),
    new Option('--from <prediction>', "start from a prediction's row, by its id, not from the typical row"),
    new Option('--by <amount>', 'look for the smallest change that moves an estimate by so much').argParser(amountIn),
  ],
  async run([pipeline = '', text = '', row = '{}'], { beside, from, by }, { operations: { models }, result }) {
    const called = [text, ...(beside === undefined ? [] : [beside])];
    const versions = await Promise.all(called.map((each) => versionIn(each, pipeline, models)));
    const asked = { pipeline, versions, row: parseRow(row), by };
    const tried = await (from === undefined ? models.try(asked) : models.tryLogged({ ...asked, prediction: from }));
    result(tried, inWords(tried));
  },
});

function amountIn(text: string): number {
  const amount = Number(text);
  if (text.trim() !== '' && Number.isFinite(amount)) return amount;
  throw new UserError('REQUEST_INVALID', `--by is "${text}". Write a number, like 10 or -2.5`);
}

function parseRow(text: string): Record<string, unknown> {
  try {
    const row = JSON.parse(text) as unknown;
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row as Record<string, unknown>;
  } catch (error) {
    throw new UserError('REQUEST_INVALID', `The row is not JSON: ${messageOf(error)}`);
  }
  throw new UserError('REQUEST_INVALID', 'The row is not a JSON object with columns as its fields.');
}

function inWords({ versions, fields, isNumber }: WhatIf): string {
  const heads = versions.map(({ version }) => versionName(version));
  const scores = [
    ['', ...heads],
    ['score', ...versions.map(({ score }) => score.toPrecision(5))],
    ...(versions.some(({ low }) => low !== undefined)
      ? (['low', 'high'] as const).map((end) => [end, ...versions.map((each) => each[end]?.toPrecision(5) ?? '-')])
      : []),
    ...(versions.some(({ classes }) => classes)
      ? [['class', ...versions.map(({ classes }) => classes?.label ?? '-')]]
      : []),
    ...(isNumber || versions.some(({ classes }) => classes)
      ? []
      : [['decision', ...versions.map(({ decision }) => (decision ? 'yes' : 'no'))]]),
    ['begins at', ...versions.map(({ typicalScore }) => typicalScore.toPrecision(5))],
  ];
  const order = versions[0]!.effects.map(({ column }) => column);
  const rest = fields.map(({ column }) => column).filter((column) => !order.includes(column));
  const effects = [...order, ...rest].map((column) => {
    const field = fields.find((each) => each.column === column);
    return [
      column,
      ...versions.map(({ effects: of }) => signed(of.find((each) => each.column === column)?.effect)),
      field?.value === undefined ? 'sensitive' : String(field.value),
    ];
  });
  const changes = versions.flatMap(({ version, searched, counterfactual, classes }) =>
    !searched
      ? []
      : counterfactual
        ? `${versionName(version)} would answer ${classes?.otherwise ?? 'otherwise'} (${counterfactual.score.toPrecision(5)}) with ${counterfactual.changes
            .map(({ column, to }) => `${column} = ${String(to)}`)
            .join(', ')}.`
        : `No change of up to three columns was found with which ${versionName(version)} would answer otherwise.`,
  );
  const kinds = versions.map(({ version, exact, from }) => `${versionName(version)}: ${exact ? 'exact' : 'estimated'}, from ${from === 'mean' ? 'the mean output' : 'the typical row'}`); // prettier-ignore
  return [
    columns(scores),
    `${columns([['column', ...heads, 'value'], ...effects])}\nSHAP values (${kinds.join('; ')})`,
    changes.join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const signed = (effect: number | undefined): string =>
  effect === undefined ? '-' : (effect > 0 ? '+' : '') + effect.toPrecision(3);
