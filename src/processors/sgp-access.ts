import type { OptionOwner } from '../span/check-options.js';

/** Where SGP is and who asks, as options and environment say together. */
export interface SgpAccess {
  /** Absent: nobody says it. */
  readonly apiKey: string | undefined;
  readonly accountId: string | undefined;
  /** Without `/v5`. */
  readonly baseUrl: string;
  /** Where each was said, for advice: the name of the option or of the variable. */
  readonly saidBy: { readonly apiKey: string; readonly accountId: string; readonly baseUrl: string };
}

/** What of a processor's options says it. */
export interface SgpAccessOptions {
  readonly apiKey?: string;
  readonly accountId?: string;
  readonly baseUrl?: string;
}

const BASE_URL_DEFAULT = 'https://api.egp.scale.com';

/** What `options` says, and where it says nothing, or a blank, `env`. @throws What `owner` makes, for what is no text. */
export function sgpAccess(
  owner: OptionOwner,
  options: SgpAccessOptions,
  env: Readonly<Record<string, string | undefined>>,
): SgpAccess {
  const apiKey = said(owner, 'apiKey', options.apiKey, 'SGP_API_KEY', env);
  const accountId = said(owner, 'accountId', options.accountId, 'SGP_ACCOUNT_ID', env);
  const baseUrl = said(owner, 'baseUrl', options.baseUrl, 'SGP_CLIENT_BASE_URL', env);
  return {
    apiKey: apiKey.value,
    accountId: accountId.value,
    // The documented address of a call begins with /v5, so that many take it for a part of the base.
    baseUrl: (baseUrl.value ?? BASE_URL_DEFAULT).replace(/\/v5\/*$/, ''),
    saidBy: {
      apiKey: apiKey.by,
      accountId: accountId.by,
      baseUrl: baseUrl.value === undefined ? 'baseUrl or SGP_CLIENT_BASE_URL' : baseUrl.by,
    },
  };
}

/** What is missing for SGP to be on, in words; `undefined` when nothing is. */
export function missingAccess({ apiKey, accountId }: SgpAccess): string | undefined {
  const missing = [
    ...(apiKey === undefined ? ['no API key (option apiKey, or SGP_API_KEY)'] : []),
    ...(accountId === undefined ? ['no account (option accountId, or SGP_ACCOUNT_ID)'] : []),
  ];
  return missing.length === 0 ? undefined : `there is ${missing.join(' and ')}`;
}

function said(
  owner: OptionOwner,
  option: string,
  given: unknown,
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
): { readonly value: string | undefined; readonly by: string } {
  // The value is not shown: it may be the key.
  if (given !== undefined && typeof given !== 'string')
    throw owner.makeError(
      option,
      `${owner.name} option ${option} must be text, got ${given === null ? 'null' : `a ${typeof given}`}`,
    );
  if (given !== undefined && given.trim() !== '') return { value: given, by: option };
  // Keys often come from files, with a line break at the end.
  const found = env[variable]?.trim() ?? '';
  return found === '' ? { value: undefined, by: option } : { value: found, by: variable };
}
