import { createHash, timingSafeEqual } from 'node:crypto';
import { DEFAULT_ACCOUNT_ID, type StoreScope } from '../store/span-store.js';
import { CollectorError } from './errors.js';

/** The keys of one account; a key may stand with several accounts. */
export interface AccountKeys {
  readonly accountId: string;
  readonly keys: readonly string[];
}

const ACCOUNT_ID = /^[\x21-\x7e]{1,128}$/;
const KEY = /^[\x21-\x7e]{8,512}$/;

/** Who may ask for what: finds the account of a request. Keeps digests, never keys. */
export class Accounts {
  readonly #digests: readonly { readonly digest: Buffer; readonly accountId: string }[];

  /** @param accounts - None: every request is let in, and names its account itself. @throws CollectorError `INVALID_OPTIONS`. */
  constructor(accounts: readonly AccountKeys[]) {
    this.#digests = accounts.flatMap(({ accountId, keys }) => {
      if (!ACCOUNT_ID.test(accountId))
        throw invalid(`the account ${JSON.stringify(accountId)} must be 1 to 128 printable characters`);
      return keys.map((key) => {
        // The key itself is not shown: this ends in logs.
        if (!KEY.test(key)) throw invalid(`a key of account ${accountId} must be 8 to 512 printable characters without spaces`);
        return { digest: digestOf(key), accountId };
      });
    });
  }

  get hasKeys(): boolean {
    return this.#digests.length > 0;
  }

  /**
   * The account that a request with these headers is for: `x-api-key` (or `authorization: Bearer`) and `x-selected-account-id`, which
   * may be left out where the key has one account.
   *
   * @throws CollectorError 401 `NO_KEY` or `UNKNOWN_KEY`, 403 `FOREIGN_ACCOUNT`, 400 `ACCOUNT_NEEDED` or `INVALID_ACCOUNT`.
   */
  scopeOf(headers: Headers): StoreScope {
    const selected = headers.get('x-selected-account-id') ?? undefined;
    if (selected !== undefined && !ACCOUNT_ID.test(selected)) {
      throw new CollectorError(400, 'INVALID_ACCOUNT', 'x-selected-account-id must be 1 to 128 printable characters');
    }
    if (!this.hasKeys) return { accountId: selected ?? DEFAULT_ACCOUNT_ID };
    const key = headers.get('x-api-key') ?? bearer(headers.get('authorization'));
    if (key === undefined) throw new CollectorError(401, 'NO_KEY', 'this collector wants a key in the header x-api-key');
    const allowed = this.#accountsOf(key);
    const [first] = allowed;
    if (first === undefined) throw new CollectorError(401, 'UNKNOWN_KEY', 'the key in x-api-key is not known');
    if (selected !== undefined) {
      if (allowed.includes(selected)) return { accountId: selected };
      throw new CollectorError(403, 'FOREIGN_ACCOUNT', 'the key does not belong to the account in x-selected-account-id');
    }
    if (allowed.length > 1) {
      throw new CollectorError(400, 'ACCOUNT_NEEDED', 'the key has several accounts: name one in x-selected-account-id');
    }
    return { accountId: first };
  }

  // Every digest is compared, all of equal length: the time says nothing about which key came close.
  #accountsOf(key: string): string[] {
    const digest = digestOf(key);
    return this.#digests.filter((known) => timingSafeEqual(known.digest, digest)).map((known) => known.accountId);
  }
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

function bearer(authorization: string | null): string | undefined {
  return authorization === null ? undefined : /^Bearer (.+)$/i.exec(authorization)?.[1];
}

function invalid(message: string): CollectorError {
  return new CollectorError(500, 'INVALID_OPTIONS', message);
}
