/** Notices what should not leave the desk: secrets, and links to places that are not ours. */

export type Risk =
  { readonly kind: "secret"; readonly what: string } | { readonly kind: "link"; readonly host: string };

const SECRETS: readonly (readonly [string, RegExp])[] = [
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----|\b[xyztuv]prv[1-9A-HJ-NP-Za-km-z]{80,}/],
  ["a private key", /(?<![A-Za-z0-9])[5KL][1-9A-HJ-NP-Za-km-z]{50,51}(?![A-Za-z0-9])/],
  [
    "a private key",
    /(?:private|secret)\s*key\W{0,16}(?:0x)?[0-9a-f]{64}|(?:私钥|私鑰|秘密鍵|개인\s*키)\W{0,8}\S{0,2}(?:0x)?[0-9a-f]{64}/i,
  ],
  [
    "a password",
    /(?:pass\s?word|passwd|api[\s_-]*secret|密码|密碼|パスワード|비밀번호)\s*(?:[:：=＝]|是[:：]?|は)\s*[^\s,，。]{4,}/i,
  ],
  [
    "a one-time code",
    /(?:\bcode|otp|2fa|\bpin|验证码|驗證碼|認証コード|인증\s*(?:번호|코드))\W{0,8}(?:is|是|は)?\W{0,3}\d{3}[ -]?\d{3}(?!\d)/i,
  ],
];
const DIGITS = /(?<![\w.])\d(?:[ -]?\d){12,18}(?!\w)/g;
const LINK =
  /\b(?:https?:\/\/|www\.)([^\s/<>"'`\u3000-\u303f\uff00-\uff65]+)|(?<![\w@.-])((?:[a-z0-9-]+\.)+(?:com|net|org|io|xyz|top|app|cc|me|co|info|vip))(?=[/\s),.，。]|$)/gi;
/** A seed phrase: twelve or more short words in a row with nothing between them but spaces, and no sentence. */
const WORDS = /(?:^|[^a-z])((?:[a-z]{3,8}[ \n]+){11,23}[a-z]{3,8})(?![a-z])/i;
const OF_SENTENCES =
  /\b(?:the|and|you|your|are|was|has|have|for|this|that|will|with|not|can|from|our|please|but|any|all)\b/gi;

/** What in a text should make its writer look again; `own` are the hosts that belong to us. */
export function risksOf(text: string, own: readonly string[]): readonly Risk[] {
  const found: Risk[] = [];
  for (const [what, pattern] of SECRETS) if (pattern.test(text)) found.push({ kind: "secret", what });
  if ([...text.matchAll(DIGITS)].some(([digits]) => isCard(digits)))
    found.push({ kind: "secret", what: "a card number" });
  const words = WORDS.exec(text)?.[1];
  if (words && (words.match(OF_SENTENCES) ?? []).length < 2) found.push({ kind: "secret", what: "a seed phrase" });
  for (const host of hosts(text)) if (!own.some((ours) => belongs(host, ours))) found.push({ kind: "link", host });
  return unique(found);
}

/** One line to warn with. */
export function warningOf(risk: Risk): string {
  return risk.kind === "secret"
    ? `This looks like ${risk.what}. Never ask for one or send one.`
    : `${risk.host} is not one of our own addresses. Check it letter by letter.`;
}

function hosts(text: string): readonly string[] {
  return [...text.matchAll(LINK)]
    .map(
      (match) =>
        (match[1] ?? match[2] ?? "")
          .split(/[/?#]/)[0]
          ?.split("@")
          .pop()
          ?.toLowerCase()
          .replace(/[.:]+$/, "") ?? "",
    )
    .filter(Boolean);
}

function belongs(host: string, ours: string): boolean {
  const name = host.replace(/:\d+$/, "");
  return name === ours || name.endsWith(`.${ours}`);
}

function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, "");
  if (!/^(?:4|5[1-5]|2[2-7]|3[457]|6[0245])/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (1 + (place % 2));
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function unique(risks: readonly Risk[]): readonly Risk[] {
  return [...new Map(risks.map((risk) => [JSON.stringify(risk), risk])).values()];
}
