import * as fc from 'fast-check';

/** Something that a client does, or that happens to it. Numbers are picked from whatever there is when it is done. */
export type Command =
  | { readonly kind: 'create'; readonly operation: number; readonly client: number; readonly metadata: Metadata }
  | {
      readonly kind: 'step';
      readonly operation: number;
      readonly client: number;
      readonly pick: number;
      /** Whether the target is picked among the legal ones. */
      readonly isLegal: boolean;
      readonly epoch: 'held' | 'none' | 'wrong';
      readonly ifVersion: 'none' | 'current' | 'wrong';
      readonly metadata: Metadata;
      readonly hasCheckpoint: boolean;
      readonly hasOwner: boolean;
      readonly fate: Fate;
    }
  | {
      readonly kind: 'force';
      readonly operation: number;
      readonly client: number;
      readonly ifVersion: 'none' | 'current' | 'wrong';
    }
  | { readonly kind: 'renew'; readonly operation: number; readonly client: number; readonly epoch: 'held' | 'none' | 'wrong' }
  /** The shortest way to some state, for an operation that was just received. */
  | { readonly kind: 'walk'; readonly operation: number; readonly client: number; readonly pick: number }
  | { readonly kind: 'repeat'; readonly pick: number; readonly client: number }
  | { readonly kind: 'expire'; readonly operation: number }
  | { readonly kind: 'read'; readonly operation: number; readonly client: number };

type Metadata = Readonly<Record<string, string>> | undefined;

/**
 * `answered`: the client learns the answer. `crashed`: it dies before, and another may send the request again. `duplicated`: it is sent twice
 * at once, by two clients.
 */
type Fate = 'answered' | 'crashed' | 'duplicated';

// Mostly one client with one operation: else hardly any run would come far.
const operation = fc.constantFrom(0, 0, 0, 1);
const client = fc.constantFrom(0, 0, 0, 0, 1, 2);
const pick = fc.nat({ max: 999 });
const epoch = fc.constantFrom('held', 'held', 'held', 'held', 'held', 'held', 'none', 'wrong');
const ifVersion = fc.constantFrom('none', 'none', 'none', 'none', 'none', 'current', 'current', 'wrong');
const metadata = fc.option(
  fc.dictionary(fc.constantFrom('tenant', 'a b', '__proto__', 'constructor', 'ä€'), fc.string({ maxLength: 5 }), {
    maxKeys: 3,
  }),
  { nil: undefined },
);

const step = fc.record({
  kind: fc.constant('step'),
  operation,
  client,
  pick,
  isLegal: fc.constantFrom(true, true, true, true, true, true, false),
  epoch,
  ifVersion,
  metadata,
  hasCheckpoint: fc.boolean(),
  hasOwner: fc.boolean(),
  fate: fc.constantFrom('answered', 'answered', 'answered', 'crashed', 'duplicated'),
});

const create = fc.record({ kind: fc.constant('create'), operation, client, metadata });

const any = fc.oneof(
  { weight: 3, arbitrary: create },
  { weight: 40, arbitrary: step },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('force'), operation, client, ifVersion }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('renew'), operation, client, epoch }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('repeat'), pick, client }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire'), operation }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('read'), operation, client }) },
) as fc.Arbitrary<Command>;

const walk = fc.record({ kind: fc.constant('walk'), operation: fc.constant(0), client, pick });

/** What some clients do to two operations, one after another; the first of which is mostly there from the beginning, in some state. */
export const commands: fc.Arbitrary<readonly Command[]> = fc
  .tuple(
    fc.option(create as fc.Arbitrary<Command>, { nil: undefined }),
    fc.option(walk as fc.Arbitrary<Command>, { nil: undefined }),
    fc.array(any, { minLength: 1, maxLength: 12, size: 'max' }),
  )
  .map(([first, second, rest]) => [first, second, ...rest].filter((command) => command !== undefined));
