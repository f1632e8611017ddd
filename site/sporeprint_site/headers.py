"""The HTTP headers of a built site: sent by the preview server, written to `_headers` for hosts that read it."""

from __future__ import annotations


def content_security_policy(*, allow_url_input: bool) -> str:
    """The policy of the page, its worker and its service worker; nothing from another origin unless allowed.

    Args:
        allow_url_input: the user may type the address of a photo on another site.
    """
    connect = "'self' https:" if allow_url_input else "'self'"
    return (
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; "
        f"connect-src {connect}; object-src 'none'; base-uri 'none'"
    )


def header_rules(*, allow_url_input: bool) -> dict[str, dict[str, str]]:
    """Path pattern (a trailing `*` matches anything) to headers; later rules add to earlier ones."""
    return {
        "/*": {
            "Content-Security-Policy": content_security_policy(allow_url_input=allow_url_input),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
            # The service worker holds the copy that counts; a stale HTTP cache behind it would mix versions.
            "Cache-Control": "no-cache",
        },
        "/content/*": {"Cache-Control": "public, max-age=31536000, immutable"},
    }


def headers_for(path: str, rules: dict[str, dict[str, str]]) -> dict[str, str]:
    """The headers of one path, `/`-rooted within the site."""
    found: dict[str, str] = {}
    for pattern, headers in rules.items():
        if path == pattern or (pattern.endswith("*") and path.startswith(pattern[:-1])):
            found.update(headers)
    return found


def headers_file(rules: dict[str, dict[str, str]], base_url: str) -> bytes:
    """The `_headers` file that Netlify and Cloudflare Pages read.

    A `!` line takes back what a broader rule set, since those hosts join repeated headers with a comma.
    """
    lines: list[str] = []
    set_before: set[str] = set()
    for pattern, headers in rules.items():
        lines.append(base_url.rstrip("/") + pattern)
        lines += [f"  ! {name}" for name in headers if name in set_before]
        lines += [f"  {name}: {value}" for name, value in headers.items()]
        set_before |= headers.keys()
    return "\n".join(lines).encode() + b"\n"
