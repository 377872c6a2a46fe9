using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ModelOps.Pipeline.Sharing;

/// <summary>An action record with its signatures, as a DSSE envelope: what is signed is the pre-authentication encoding of type and bytes, with ECDSA P-256 and SHA-256, in DER.</summary>
internal sealed record ActionEnvelope(byte[] Payload, IReadOnlyList<EnvelopeSignature> Signatures)
{
    public const string PayloadType = "application/vnd.modelops.action+json";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    /// <param name="key">Null: the envelope has no signature.</param>
    public static ActionEnvelope Seal(byte[] payload, ECDsa? key) => new(payload, key is null ? [] :
    [
        new EnvelopeSignature(SigningKeys.IdOf(key), key.SignData(Encode(payload), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
    ]);

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(new Wire(PayloadType, Payload, [.. Signatures]), s_json);

    /// <exception cref="FormatException">No envelope of this type.</exception>
    public static ActionEnvelope Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return JsonSerializer.Deserialize<Wire>(utf8, s_json) is { PayloadType: PayloadType, Payload: { } payload, Signatures: { } signatures }
                && Array.TrueForAll(signatures, s => s is { Keyid: not null, Sig: not null })
                ? new ActionEnvelope(payload, signatures) : throw new FormatException("its envelope is of another type");
        }
        catch (JsonException e)
        {
            throw new FormatException($"its envelope is no JSON: {e.Message}", e);
        }
    }

    public bool IsBy(ECDsa key, EnvelopeSignature signature)
        => key.VerifyData(Encode(Payload), signature.Sig, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    private static byte[] Encode(byte[] payload)
        => [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"DSSEv1 {PayloadType.Length} {PayloadType} {payload.Length} ")), .. payload];

    private sealed record Wire(string? PayloadType, byte[]? Payload, EnvelopeSignature[]? Signatures);
}

/// <param name="Keyid">SHA-256 of the public key's SubjectPublicKeyInfo, in hexadecimal digits.</param>
internal sealed record EnvelopeSignature(string Keyid, byte[] Sig);
