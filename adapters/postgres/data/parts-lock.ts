/**
 * The lock that decides who comes first to a pipeline's parts: a removal takes it alone, a run that holds them shares it. Either
 * the run finds what the removal has left, or the removal sees that the run holds them.
 */
export const partsLock = (pipeline: string): string => `hashtextextended('perennial/parts/' || ${pipeline}::text, 0)`;
