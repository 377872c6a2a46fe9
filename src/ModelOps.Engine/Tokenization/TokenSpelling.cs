using System.Text;

namespace ModelOps.Engine.Tokenization;

/// <summary>A token on its way through a decoder, in the middle of a text.</summary>
internal sealed class TokenSpelling(string token)
{
    /// <summary>The token's text so far.</summary>
    public string Text { get; set; } = token;

    /// <summary>The token's bytes, once a decoder gave them: they need not be whole characters.</summary>
    public byte[]? Bytes { get; set; }

    /// <summary>The tokens are one text by now: a decoder that follows sees its ends only.</summary>
    public bool IsFused { get; set; }

    public byte[] ToBytes() => Bytes ?? Encoding.UTF8.GetBytes(Text);
}
