import { RequestProblem } from '../errors.ts';

/** A file that needs more than a server gives a request. */
export class TooLarge extends RequestProblem {
  override readonly status: number = 413;
}

/** None of the formats that the caller wants to read. */
export class NotAcceptable extends RequestProblem {
  override readonly status: number = 406;
}

/** A format that no batch is taken in. */
export class NotTaken extends RequestProblem {
  override readonly status: number = 415;
}
