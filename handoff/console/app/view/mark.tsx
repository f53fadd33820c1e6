/** The product's mark and name. */

export function Mark({ small = false }: { small?: boolean }) {
  return (
    <span class="mark">
      <svg viewBox="0 0 24 24" width={24} height={24} aria-hidden="true">
        <rect class="mark-ground" x="1" y="1" width="22" height="22" rx="6" />
        <path class="mark-lines" d="M6.5 8.5h4c3 0 2 7 5 7h2M6.5 15.5h4c3 0 2-7 5-7h2" />
      </svg>
      {small ? null : <span>Switchboard</span>}
    </span>
  );
}
