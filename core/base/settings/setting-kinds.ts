import * as z from 'zod';

// What the value of a setting can be, and what is said of one that is wrong.

/** listed('pipelines, /mnt/data') // => ['pipelines', '/mnt/data'] */
export const listed = (text: string): string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
const list = z.string().default('').transform(listed);

export const text = z.string().optional();
/** Like "ada@example.com, ben@example.com". */
export const addresses = list.refine(
  (all) => all.every((each) => z.email().safeParse(each).success),
  'write addresses like ada@example.com, separated by commas',
);
const SHORTEST_KEY = 24;
/** Keys that callers send. Nobody guesses 24 random characters. */
const isKey = (key: string): boolean => key.length >= SHORTEST_KEY && new Set(key).size >= 8;
export const keys = list.refine(
  (all) => all.every(isKey),
  `write keys of at least ${SHORTEST_KEY} random characters, separated by commas; "openssl rand -hex 32" makes one`,
);
export const oneKey = z
  .string()
  .refine(isKey, `write at least ${SHORTEST_KEY} random characters; "openssl rand -hex 32" makes them`)
  .optional();
/** An IP address with a port. */
export const metricsAddress = z
  .string()
  .regex(/^(\d{1,3}(\.\d{1,3}){3}|\[[\da-fA-F:]+\]):\d{1,5}$/, 'write an IP address and a port, like 127.0.0.1:9464')
  .optional();
/** Like "https://app.example.com, http://localhost:3000". */
export const origins = list.refine(
  (all) => all.every((each) => /^https?:/.test(each) && URL.canParse(each) && new URL(each).origin === each),
  'write origins like https://app.example.com, separated by commas',
);
const whole = (pattern: RegExp, wanted: string) => z.string().regex(pattern, wanted).transform(Number);
/** Connections of a pool. */
export const connections = (usual: number) =>
  whole(/^[1-9]\d{0,2}$/, 'write a number of connections, 1 to 999').default(usual);
export const trainings = whole(/^[1-9]\d?$/, 'write how many trainings may run at once, like 2');
export const megabytes = whole(/^[1-9]\d{0,6}$/, 'write a number of MB, like 2048');
export const port = whole(/^\d+$/, 'write a port, 0 to 65535').refine(
  (number) => number <= 65_535,
  'write a port, 0 to 65535',
);
/** Processes of a server. */
export const processes = whole(/^[1-9]\d?$/, 'write a number of processes, 1 to 99').default(1);
export const seconds = whole(/^\d{1,3}$/, 'write a number of seconds, 0 to 999').default(0);
/** How long something lasts. */
export const hours = (usual: number) => whole(/^[1-9]\d{0,2}$/, 'write a number of hours, 1 to 999').default(usual);
/** How many days something is kept. */
export const days = (usual: number) => whole(/^[1-9]\d{0,4}$/, 'write a number of days, 1 to 99999').default(usual);
/** How many requests something takes. */
export const requests = (usual: number) =>
  whole(/^[1-9]\d{0,8}$/, 'write a number of requests, like 60000').default(usual);
/** An OpenTelemetry collector. */
export const collector = z
  .url({ protocol: /^https?$/, error: 'write the address of a collector like http://localhost:4318' })
  .optional();
export const renamed = (now: string) => z.undefined(`renamed to ${now}`).optional();
export const flag = z
  .enum(['true', 'false'])
  .optional()
  .transform((value) => value === 'true');
