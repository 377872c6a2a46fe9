using System.Security.Cryptography;

namespace ModelOps.Core.Signing;

/// <summary>An ECDSA key on P-256 (signing with SHA-256) or P-384 (with SHA-384), read from PEM; signatures are DER.</summary>
public sealed class SigningKey : IDisposable
{
    private const string P256 = "1.2.840.10045.3.1.7";
    private const string P384 = "1.3.132.0.34";

    private readonly ECDsa _key;
    private readonly HashAlgorithmName _hash;

    private SigningKey(ECDsa key, HashAlgorithmName hash)
    {
        _key = key;
        _hash = hash;
        Id = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
    }

    /// <summary>SHA-256 of the public key's SubjectPublicKeyInfo, in hexadecimal digits.</summary>
    public string Id { get; }

    /// <summary>The public half as PEM, for those who verify.</summary>
    public string PublicPem => _key.ExportSubjectPublicKeyInfoPem() + "\n";

    /// <param name="pem">A public or a private key (PKCS#8 or SEC 1), not encrypted.</param>
    /// <exception cref="FormatException">It is none, or of another curve.</exception>
    public static SigningKey Import(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            HashAlgorithmName hash = key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value switch
            {
                P256 => HashAlgorithmName.SHA256,
                P384 => HashAlgorithmName.SHA384,
                _ => throw new CryptographicException("It is of another curve."),
            };
            return new SigningKey(key, hash);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new FormatException(e.Message, e);
        }
    }

    /// <inheritdoc cref="Import"/>
    /// <exception cref="FormatException">It is no private key.</exception>
    public static SigningKey ImportPrivate(string pem)
    {
        SigningKey key = Import(pem);
        try
        {
            key.Sign([]);
            return key;
        }
        catch (CryptographicException e)
        {
            key.Dispose();
            throw new FormatException("It is a public key.", e);
        }
    }

    public byte[] Sign(ReadOnlySpan<byte> data) => _key.SignData(data, _hash, DSASignatureFormat.Rfc3279DerSequence);

    public bool Verifies(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            return _key.VerifyData(data, signature, _hash, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false; // Not even DER.
        }
    }

    public void Dispose() => _key.Dispose();
}
