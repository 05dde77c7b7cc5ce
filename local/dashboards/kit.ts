/** A dashboard of Grafana, in the words that ours need. What is written becomes its JSON (schema 39, Grafana 11 and later). */
export interface Dashboard {
  uid: string;
  title: string;
  description: string;
  /** Lists of which one value is chosen: `$pipeline` in expressions. */
  choices: Choice[];
  rows: { title: string; panels: Panel[] }[];
}

interface Choice {
  name: string;
  label: string;
  /** The values that this label of a metric has. */
  of: { metric: string; label: string };
  /** Whether several, and all, can be chosen. */
  many: boolean;
}

export interface Panel {
  title: string;
  description: string;
  /** number: the newest value, large. states: colours over time. table: the newest values, a line for each set of labels. */
  as: 'lines' | 'number' | 'states' | 'table';
  unit?: Unit;
  /** What is shown, by the name of its line; names can hold labels, "{{pipeline}}". */
  shows: Record<string, string>;
  /** Words and colours for values. */
  words?: Word[];
  /** From these values on it is yellow, and red. */
  limits?: { warn?: number; bad: number };
  /** Of 24 columns. */
  width?: number;
  /** Where the axis begins; null: wherever the values do. */
  min?: number | null;
  max?: number;
}

/** As Grafana calls them. */
export type Unit = 's' | 'percentunit' | 'reqps' | 'bytes' | 'short' | 'none' | 'cps';
type Color = 'green' | 'yellow' | 'red' | 'blue';
export type Word = [value: number, text: string, color: Color];

type More = Omit<Panel, 'title' | 'description' | 'as' | 'shows'>;
const panelOf =
  (as: Panel['as'], usual: More = {}) =>
  (title: string, description: string, shows: Panel['shows'], more: More = {}): Panel => ({
    title,
    description,
    as,
    shows,
    ...usual,
    ...more,
  });
export const lines = panelOf('lines', { min: 0 });
export const number = panelOf('number', { unit: 'none' });
export const states = panelOf('states');
export const table = panelOf('table');

export const yesNo = (good: 0 | 1): Word[] => [
  [good, good === 1 ? 'yes' : 'no', 'green'],
  [1 - good, good === 1 ? 'no' : 'yes', 'red'],
];
export const driftWords: Word[] = [
  [0, 'stable', 'green'],
  [1, 'drifting', 'yellow'],
  [2, 'severe', 'red'],
];

/** Servers say the same thing of pipelines several times. */
export const once = (selector: string): string => `max without (instance, pod, process, job) (${selector})`;
export const sumBy = (labels: string, of: string): string => `sum by (${labels}) (${of})`;
export const rate = (selector: string): string => `rate(${selector}[$__rate_interval])`;
/** The time in which such a share of what a histogram counted was done. */
export const quantile = (share: number, labels: string, histogram: string): string =>
  `histogram_quantile(${share}, ${sumBy(`${labels}, le`, rate(histogram))})`;

const SOURCE = { type: 'prometheus', uid: '${source}' };
const COLUMNS = 24;
const kinds = { lines: 'timeseries', number: 'stat', states: 'state-timeline', table: 'table' } as const;
const heights: Record<Panel['as'], number> = { lines: 8, number: 4, states: 6, table: 8 };
const widths: Record<Panel['as'], number> = { lines: 8, number: 4, states: 12, table: 24 };

/** The JSON that Grafana reads. */
export function dashboardJson({ uid, title, description, choices, rows }: Dashboard): string {
  let id = 0;
  let y = 0;
  const panels: object[] = [];
  for (const row of rows) {
    panels.push({ id: ++id, type: 'row', title: row.title, collapsed: false, gridPos: { h: 1, w: COLUMNS, x: 0, y }, panels: [] }); // prettier-ignore
    y++;
    let x = 0;
    let tallest = 0;
    for (const panel of row.panels) {
      const w = panel.width ?? widths[panel.as];
      const h = heights[panel.as];
      if (x + w > COLUMNS) {
        [x, y, tallest] = [0, y + tallest, 0];
      }
      panels.push({ id: ++id, gridPos: { h, w, x, y }, ...panelJson(panel) });
      x += w;
      tallest = Math.max(tallest, h);
    }
    y += tallest;
  }
  const dashboard = {
    uid,
    title,
    description,
    tags: ['perennial'],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-24h', to: 'now' },
    timezone: 'browser',
    links: [{ type: 'dashboards', title: 'Perennial', tags: ['perennial'], asDropdown: true, includeVars: true, keepTime: true }], // prettier-ignore
    templating: { list: [{ name: 'source', label: 'Source', type: 'datasource', query: 'prometheus' }, ...choices.map(choiceJson)] }, // prettier-ignore
    annotations: { list: [] },
    panels,
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

const choiceJson = ({ name, label, of, many }: Choice): object => {
  const query = `label_values(${of.metric}, ${of.label})`;
  return {
    name,
    label,
    type: 'query',
    datasource: SOURCE,
    definition: query,
    query: { query, refId: name },
    refresh: 2, // when the time is changed
    sort: 1,
    multi: many,
    includeAll: many,
    ...(many && { allValue: '.*', current: { text: 'All', value: '$__all' } }),
  };
};

function panelJson({ title, description, as, unit = 'short', shows, words, limits, min, max }: Panel): object {
  const steps = [
    { color: words || !limits ? 'blue' : 'green', value: null },
    ...(limits?.warn === undefined ? [] : [{ color: 'yellow', value: limits.warn }]),
    ...(limits ? [{ color: 'red', value: limits.bad }] : []),
  ];
  const mappings = words && [
    { type: 'value', options: Object.fromEntries(words.map(([value, text, color], index) => [value, { text, color, index }])) }, // prettier-ignore
  ];
  const now = as === 'number' || as === 'table';
  return {
    type: kinds[as],
    title,
    description,
    datasource: SOURCE,
    targets: Object.entries(shows).map(([legendFormat, expr], i) => ({
      refId: String.fromCharCode(65 + i),
      datasource: SOURCE,
      expr,
      ...(as === 'table' ? { format: 'table' } : { legendFormat }),
      ...(now && { instant: true, range: false }),
    })),
    fieldConfig: {
      defaults: {
        unit,
        ...(min != null && { min }),
        ...(max !== undefined && { max }),
        ...(mappings && { mappings }),
        ...(as === 'lines' && { custom: { lineWidth: 1, fillOpacity: 5, showPoints: 'never' } }),
        color: { mode: as === 'lines' ? 'palette-classic' : 'thresholds' },
        thresholds: { mode: 'absolute', steps },
      },
      overrides: as === 'table' ? tableNames(shows) : [],
    },
    ...optionsOf[as],
    ...(as === 'table' && { transformations: tableOf(shows) }),
  };
}

const optionsOf: Record<Panel['as'], object> = {
  lines: {
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
  },
  number: { options: { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'none' } },
  states: { options: { mergeValues: true, showValue: 'auto' } },
  table: { options: { showHeader: true } },
};

/** One line for each set of labels, with a column for each of what is shown. */
const tableOf = (shows: Panel['shows']): object[] => [
  { id: 'merge', options: {} },
  {
    id: 'organize',
    options: {
      excludeByName: { Time: true },
      renameByName: Object.fromEntries(valueColumns(shows)),
    },
  },
];
/** Grafana's name for each column of values, and ours. */
const valueColumns = (shows: Panel['shows']): [string, string][] => {
  const names = Object.keys(shows);
  return names.map((name, i) => [names.length === 1 ? 'Value' : `Value #${String.fromCharCode(65 + i)}`, name]);
};
/** Columns whose names say so have their own units. */
const tableNames = (shows: Panel['shows']): object[] =>
  Object.keys(shows).flatMap((name) => {
    const unit = name.endsWith(' age') ? 's' : name.endsWith(' share') ? 'percentunit' : null;
    return unit === null
      ? []
      : [{ matcher: { id: 'byName', options: name }, properties: [{ id: 'unit', value: unit }] }];
  });
