using System.Security.Cryptography;
using System.Text;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Lineage;
using ModelOps.Core.Signing;

namespace ModelOps.Core.Tests.Signing;

public sealed class SigningTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ECDsa _ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _ecdsa.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("nistP256", "SHA256")]
    [InlineData("nistP384", "SHA384")]
    public void The_envelope_is_what_other_programs_verify(string curve, string hash)
    {
        using ECDsa ecdsa = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));
        using SigningKey key = SigningKey.ImportPrivate(ecdsa.ExportECPrivateKeyPem());
        using SigningKey verifier = SigningKey.Import(key.PublicPem);
        byte[] payload = "{\"a\":1}"u8.ToArray();
        var envelope = Envelope.Parse(Envelope.Seal(Statement.PayloadType, payload, key).ToBytes(), Statement.PayloadType);

        // The specification's pre-authentication encoding, written out.
        byte[] signed = Encoding.UTF8.GetBytes("DSSEv1 28 application/vnd.in-toto+json 7 {\"a\":1}");
        Assert.True(ecdsa.VerifyData(signed, envelope.Signatures[0].Sig, new HashAlgorithmName(hash), DSASignatureFormat.Rfc3279DerSequence));
        Assert.True(envelope.IsBy(verifier, envelope.Signatures[0]));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(ecdsa.ExportSubjectPublicKeyInfo())), envelope.Signatures[0].Keyid);
        Assert.False((envelope with { Payload = "{\"a\":2}"u8.ToArray() }).IsBy(verifier, envelope.Signatures[0]));
        Assert.False((envelope with { PayloadType = "text/plain" }).IsBy(verifier, envelope.Signatures[0]));
        Assert.False(verifier.Verifies(signed, [1, 2, 3]));
        Assert.Contains("\"payloadType\":\"application/vnd.in-toto+json\"", Encoding.UTF8.GetString(envelope.ToBytes()), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_changed_byte_of_an_envelope_is_another_envelope_or_none()
    {
        using SigningKey key = SigningKey.ImportPrivate(_ecdsa.ExportPkcs8PrivateKeyPem());
        byte[] good = Envelope.Seal(Statement.PayloadType, "{}"u8.ToArray(), key).ToBytes();
        foreach (byte flip in (byte[])[1, 0x20, 0x80, 0xFF])
        {
            for (int at = 0; at < good.Length; at++)
            {
                byte[] bad = [.. good];
                bad[at] ^= flip;
                try
                {
                    _ = Envelope.Parse(bad, Statement.PayloadType);
                }
                catch (FormatException)
                {
                    // Refused; any other exception fails the test.
                }
            }
        }
    }

    [Fact]
    public void Keys_of_other_kinds_are_refused()
    {
        using ECDsa p521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        using RSA rsa = RSA.Create(2048);
        var encrypted = new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1000);
        Assert.All(
            [p521.ExportPkcs8PrivateKeyPem(), rsa.ExportPkcs8PrivateKeyPem(), "no PEM", "", _ecdsa.ExportEncryptedPkcs8PrivateKeyPem("secret", encrypted)],
            pem => Assert.Throws<FormatException>(() => SigningKey.Import(pem)));
        Assert.Throws<FormatException>(() => SigningKey.ImportPrivate(_ecdsa.ExportSubjectPublicKeyInfoPem()));
    }

    [Theory]
    [InlineData("MIT", "MIT", true)]
    [InlineData("MIT", "Apache-2.0", false)]
    [InlineData("MIT OR GPL-3.0-only", "MIT", true)]
    [InlineData("MIT AND GPL-3.0-only", "MIT", false)]
    [InlineData("MIT AND Apache-2.0", "MIT,Apache-2.0", true)]
    [InlineData("GPL-2.0-only OR MIT AND Apache-2.0", "MIT", false)]
    [InlineData("GPL-2.0-only OR MIT AND Apache-2.0", "GPL-2.0-only", true)]
    [InlineData("(GPL-2.0-only OR MIT) AND Apache-2.0", "GPL-2.0-only", false)]
    [InlineData("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only", false)]
    [InlineData("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0", true)]
    [InlineData("LicenseRef-Contoso", "LicenseRef-Contoso", true)]
    public void An_expression_needs_one_of_each_or_and_all_of_each_and(string expression, string accepted, bool satisfied)
        => Assert.Equal(satisfied, SpdxExpression.TryParse(expression)!.IsSatisfiedBy(accepted.Split(',').Contains));

    [Theory]
    [InlineData("")]
    [InlineData("MIT OR")]
    [InlineData("AND MIT")]
    [InlineData("(MIT")]
    [InlineData("MIT)")]
    [InlineData("MIT Apache-2.0")]
    [InlineData("MIT WITH")]
    [InlineData("free for all!")]
    [InlineData("model/LICENSE")]
    public void What_is_no_expression_is_none(string text) => Assert.Null(SpdxExpression.TryParse(text));

    [Fact]
    public void Nesting_has_a_limit() => Assert.Null(SpdxExpression.TryParse(new string('(', 100_000) + "MIT" + new string(')', 100_000)));

    [Theory]
    [InlineData("{", 1)]
    [InlineData("{\n \"format\": 1,\n \"trustedKey\": []\n}", 3)]
    [InlineData("""{ "format": 2, "trustedKeys": ["ci.pem"] }""", 0)]
    [InlineData("""{ "format": 1 }""", 0)]
    [InlineData("""{ "format": 1, "trustedKeys": [] }""", 0)]
    [InlineData("""{ "format": 1, "trustedKeys": ["ci.pem"], "requiredStatements": ["provenence"] }""", 0)]
    [InlineData("""{ "format": 1, "trustedKeys": ["ci.pem"], "requiredVerdicts": ["failed"] }""", 0)]
    [InlineData("""{ "format": 1, "trustedKeys": ["ci.pem"], "trustedKeys": ["ci.pem"] }""", 1)]
    public void A_policy_that_says_nothing_clear_is_an_error_with_its_place(string json, int line)
    {
        _folder.Write("ci.pem", _ecdsa.ExportSubjectPublicKeyInfoPem());
        Diagnostic problem = Assert.Throws<DiagnosticException>(() => TrustPolicy.Read(_folder.Write("modelops.trust.json", json))).Diagnostic;

        Assert.Equal(("MOPS6118", line), (problem.Code, problem.Location!.Value.Line));
    }

    [Fact]
    public void A_policy_reads_keys_beside_it_and_takes_comments()
    {
        _folder.Write("keys/ci.pem", _ecdsa.ExportSubjectPublicKeyInfoPem());
        string path = _folder.Write("modelops.trust.json", "{ // whom we trust\n \"format\": 1, \"trustedKeys\": [\"keys/ci.pem\",], \"allowedBases\": [\"BaseModel.tiny\"] }");
        using TrustPolicy policy = TrustPolicy.Read(path);

        Assert.Equal([_folder.In("keys", "ci.pem")], policy.KeyFiles);
        Assert.Equal(["release", "provenance", "evaluation"], policy.RequiredStatements);
        Assert.Equal(["passed"], policy.RequiredVerdicts);
        Assert.Null(policy.AllowedLicenses);
        string missing = _folder.Write("other.json", """{ "format": 1, "trustedKeys": ["none.pem"] }""");
        Assert.Equal("MOPS6100", Assert.Throws<DiagnosticException>(() => TrustPolicy.Read(missing)).Diagnostic.Code);
    }
}
