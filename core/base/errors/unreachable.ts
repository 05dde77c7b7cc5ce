/** Node's codes for a connection that is closed, cut or silent. */
const NETWORK =
  /^(ECONN(REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_[A-Z]+|ETIMEDOUT|EHOST[A-Z]+|ENET[A-Z]+|UND_ERR_[A-Z_]+)$/;
/**
 * Postgres's codes for itself (https://www.postgresql.org/docs/current/errcodes-appendix.html): no connection (08), no
 * room for one (53), going down or coming up (57P01 to 57P05), trouble with its machine (58), a standby (25006).
 */
const POSTGRES = /^(08...|53...|57P0[1-5]|58...|25006)$/;
/** The gRPC statuses for unreachable, late or full: https://grpc.io/docs/guides/status-codes/ */
const GRPC: readonly unknown[] = [4, 8, 14];
/** Those that come without a code. */
const WORDS =
  /^(Connection terminated|timeout exceeded when trying to connect|socket hang up|fetch failed|Client has encountered a connection error)/;

/** Whether an error, or its cause, means that an outside service did not answer: only time can help. */
export function meansUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, message, name, cause } = error as Error & { code?: unknown };
  if (typeof code === 'string' && (NETWORK.test(code) || POSTGRES.test(code))) return true;
  if (GRPC.includes(code) || name === 'TimeoutError' || WORDS.test(message)) return true;
  // A host with two addresses fails with an error for each.
  const beneath = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return [...beneath, ...(cause === error ? [] : [cause])].some(meansUnreachable);
}

/** Cancelled by Postgres because of others: a deadlock or a serialisation (40), an object in use or not ready (55). */
const CONTENTION = /^(40|55)...$/;

/** Whether a database answered with a failure that can pass with the next attempt. */
export const meansContention = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && CONTENTION.test(String(error.code));

/** Whether only time is needed: what failed may work at the next attempt. */
export const mayPass = (error: unknown): boolean => meansUnreachable(error) || meansContention(error);
