using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace ModelOps.Core.Signing;

/// <param name="Keyid"><see cref="SigningKey.Id"/>.</param>
public sealed record EnvelopeSignature(string Keyid, byte[] Sig);

/// <summary>Bytes with signatures, as a DSSE envelope: what is signed is the pre-authentication encoding of type and bytes.</summary>
/// <remarks>Format: Dead Simple Signing Envelope v1.</remarks>
public sealed record Envelope(string PayloadType, byte[] Payload, IReadOnlyList<EnvelopeSignature> Signatures)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="key">Null: the envelope has no signature.</param>
    public static Envelope Seal(string payloadType, byte[] payload, SigningKey? key) => new(payloadType, payload, key is null ? [] : [Sign(payloadType, payload, key)]);

    /// <summary>With one more signature; one by the same key is replaced.</summary>
    public Envelope CoSign(SigningKey key) => this with { Signatures = [.. Signatures.Where(s => s.Keyid != key.Id), Sign(PayloadType, Payload, key)] };

    /// <summary>One line of JSON without a newline.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(new Wire(PayloadType, Payload, [.. Signatures]), s_json);

    /// <exception cref="FormatException">No envelope of this type.</exception>
    public static Envelope Parse(ReadOnlySpan<byte> utf8, string payloadType)
    {
        // A name that is no UTF-8 is no JsonException to the serializer.
        if (!Utf8.IsValid(utf8))
        {
            throw new FormatException("its envelope is no UTF-8");
        }

        try
        {
            return JsonSerializer.Deserialize<Wire>(utf8, s_json) is { Payload: { } payload, Signatures: { } signatures } wire
                && wire.PayloadType == payloadType && Array.TrueForAll(signatures, s => s is { Keyid: not null, Sig: not null })
                ? new Envelope(payloadType, payload, signatures) : throw new FormatException("its envelope is of another type");
        }
        catch (JsonException e)
        {
            throw new FormatException($"its envelope is no JSON: {e.Message}", e);
        }
    }

    public bool IsBy(SigningKey key, EnvelopeSignature signature) => key.Verifies(Encode(PayloadType, Payload), signature.Sig);

    private static EnvelopeSignature Sign(string type, byte[] payload, SigningKey key) => new(key.Id, key.Sign(Encode(type, payload)));

    private static byte[] Encode(string type, byte[] payload)
        => [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"DSSEv1 {Encoding.UTF8.GetByteCount(type)} {type} {payload.Length} ")), .. payload];

    private sealed record Wire(string? PayloadType, byte[]? Payload, EnvelopeSignature[]? Signatures);
}
