import { versionName } from '../../base/ids.ts';

// The key of each kind of object. Rows store keys, and objects must be found for years: never change the shape of one.
// A key holds the hash of its bytes, so another writer writes the same bytes.

/** The folders of the object store that loops write; care looks at no others. */
export const objectFolders = ['parts', 'training-sets', 'checkpoints', 'models', 'batches', 'reports'] as const;
export type ObjectFolder = (typeof objectFolders)[number];

const keyIn = (folder: ObjectFolder | 'bundles', ...parts: string[]): string => [folder, ...parts].join('/');

export const partKey = (pipeline: string, kind: string, sha256: string): string =>
  keyIn('parts', pipeline, kind, `${sha256}.parquet`);

/** The pipeline whose data loop made a part; null for any other object. */
export const pipelineOfPart = (key: string): string | null => /^parts\/([^/]+)\/[^/]+\//.exec(key)?.[1] ?? null;

export const trainingSetKey = (pipeline: string, sha256: string): string =>
  keyIn('training-sets', pipeline, `${sha256}.parquet`);

export const checkpointKey = (trainingRun: string, candidate: string, sha256: string): string =>
  keyIn('checkpoints', trainingRun, candidate, `${sha256}.json`);

/** The training run that a checkpoint belongs to, since no row names it; null for any other object. */
export const runOfCheckpoint = (key: string): string | null => /^checkpoints\/([^/]+)\//.exec(key)?.[1] ?? null;

export const modelKey = (pipeline: string, sha256: string): string => keyIn('models', pipeline, `${sha256}.json`);

export const batchPartKey = (pipeline: string, batch: string, sha256: string): string =>
  keyIn('batches', pipeline, batch, `${sha256}.parquet`);

/** What a report is about: a drift check's verdict, a snapshot's data, or a model version. */
export type ReportSubject = { verdict: string } | { snapshot: string } | { version: number };

export function reportKey(pipeline: string, subject: ReportSubject, sha256: string): string {
  const file = `${sha256.slice(0, 16)}.html`;
  if ('verdict' in subject) return keyIn('reports', pipeline, 'drift', subject.verdict, file);
  if ('snapshot' in subject) return keyIn('reports', pipeline, 'quality', subject.snapshot, file);
  return keyIn('reports', pipeline, 'models', versionName(subject.version), file);
}

/** The code of a version of the workflows, bundled with this release of Temporal's SDK; early releases recorded no hash. */
export const bundleKey = (sdk: string, build: string, sha256: string | null): string =>
  sha256 === null ? keyIn('bundles', sdk, `${build}.js`) : keyIn('bundles', sdk, build, `${sha256}.js`);

/** The parts of an object's key; throws when one of them could lead outside its store. */
export function partsOfKey(key: string): string[] {
  const parts = key.split('/');
  // eslint-disable-next-line no-control-regex -- it looks for control characters
  if (parts.some((part) => part === '' || part.startsWith('.') || /[\\\u0000-\u001f]/.test(part)))
    throw new RangeError(
      `"${key}" is not an object key: its parts, divided by "/", are not empty, do not start with a dot, and hold ` +
        'neither backslash nor control character',
    );
  return parts;
}

/** The parts of a folder of objects: foldersOf('reports/fraud/') // => ['reports', 'fraud'] */
export function foldersOf(folder: string): string[] {
  if (!folder.endsWith('/')) throw new RangeError(`"${folder}" is not a folder of objects: it does not end with "/"`);
  return partsOfKey(folder.slice(0, -1));
}
