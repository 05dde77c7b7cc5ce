/** A port that can be made later: its calls return promises anyway. */
type Asynchronous<Port> = { [Name in keyof Port]: (...given: never[]) => Promise<unknown> };

/**
 * A port whose adapter is made on the first call: only its users load its dependencies, and their failure is the
 * call's.
 */
export function whenAsked<Port extends Asynchronous<Port>>(make: () => Promise<Port>): Port {
  const call =
    (name: keyof Port) =>
    async (...given: never[]) =>
      (await make())[name](...given);
  return new Proxy({} as Port, { get: (_, name) => call(name as keyof Port) });
}
