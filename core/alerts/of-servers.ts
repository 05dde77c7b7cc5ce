/** Alerts of a server about itself end their fingerprints with its name, after these. */
const own = [
  /^latency\/[^/]+\//,
  /^errors\/[^/]+\//,
  /^refused\/[^/]+\//,
  /^version-tripped\/[^/]+\//,
  /^predictions-dropped\//,
  /^traffic-set-back\//,
  /^backlog\/spool\//,
  /^disk\/(?!worker\/)/,
];
/**
 * The server that an alert is about, which alone can end it: serverOf('latency/fraud/server-2/1') // => 'server-2', of which
 * this is the second process. null: any server sees what it is about, also how full a worker's disk is.
 */
export const serverOf = (fingerprint: string): string | null => restOf(fingerprint)?.replace(/\/\d+$/, '') ?? null;

/** Whether it is of one of these servers, whose own names can end like that of a process: "rack/7". */
export const isOfAny = (fingerprint: string, servers: ReadonlySet<string>): boolean =>
  [restOf(fingerprint), serverOf(fingerprint)].some((name) => name !== null && servers.has(name));

function restOf(fingerprint: string): string | null {
  const before = own.find((start) => start.test(fingerprint));
  return before ? fingerprint.replace(before, '') : null;
}
