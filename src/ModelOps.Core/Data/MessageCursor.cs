namespace ModelOps.Core.Data;

/// <summary>Walks the messages of a canonical list, <c>[{"content":"…","role":"…"},…]</c>, without parsing it again.</summary>
internal ref struct MessageCursor(ReadOnlySpan<byte> list)
{
    private ReadOnlySpan<byte> _rest = list;

    /// <summary>What the message says, escaped as canonical JSON escapes.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>First letter of the role: <c>s</c>, <c>u</c>, <c>a</c> or <c>t</c>.</summary>
    public byte Role { get; private set; }

    public bool MoveNext()
    {
        ReadOnlySpan<byte> content = "{\"content\":\""u8, role = "\",\"role\":\""u8;
        int at = _rest.IndexOf(content);
        if (at < 0)
        {
            return false;
        }

        _rest = _rest[(at + content.Length)..];
        int end = 0;
        while (_rest[end += _rest[end..].IndexOfAny((byte)'"', (byte)'\\')] == '\\')
        {
            end += 2;
        }

        Content = _rest[..end];
        Role = _rest[end + role.Length];
        _rest = _rest[(end + role.Length)..];
        return true;
    }
}
