using System.Security.Cryptography;
using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Signing;
using ModelOps.Pipeline.Sharing;

namespace ModelOps.Pipeline.Tests.Sharing;

/// <summary>Who is believed.</summary>
public sealed class SigningTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly SigningKey _signer;
    private readonly FingerprintFile _action = Machine.Action();

    public SigningTests()
    {
        _signer = SigningKey.ImportPrivate(_key.ExportPkcs8PrivateKeyPem());
        _folder.Write("trusted.pem", _key.ExportSubjectPublicKeyInfoPem());
        Directory.CreateDirectory(_folder["feed"]);
    }

    public void Dispose()
    {
        _key.Dispose();
        _signer.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_trusted_signature_makes_a_result_as_good_as_ones_own()
    {
        using Machine ours = Pusher(_key);
        ours.Make(_action);
        using var theirs = new Machine(_folder["feed"], trusted: _folder["trusted.pem"]);

        ResultOrigin? origin = theirs.Pull(_action, ResultScope.Proven);

        Assert.True(origin is { Unsigned: false });
        Assert.NotNull(new ModelStore(theirs.Store, theirs.Log).TryGet(_action.Key));
        Assert.Empty(theirs.Log.Diagnostics);
    }

    [Fact]
    public void Without_a_signature_or_by_somebody_else_it_is_unsigned()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (ECDsa? key in (ECDsa?[])[null, other])
        {
            using Machine ours = Pusher(key);
            ours.Make(_action);
            using var theirs = new Machine(_folder["feed"], trusted: _folder["trusted.pem"]);

            Assert.Null(theirs.Pull(_action, ResultScope.Proven));
            Assert.True(theirs.Pull(_action) is { Unsigned: true });
            Assert.Empty(theirs.Log.Diagnostics);
            Directory.Delete(_folder["feed"], recursive: true);
            Directory.CreateDirectory(_folder["feed"]);
        }
    }

    [Fact]
    public void A_forged_signature_is_named_and_nothing_is_used()
    {
        // The signature of the record with one result, on the record with another.
        using Machine ours = Pusher(_key);
        StoredAction genuine = ours.Make(_action);
        StoredAction forged = genuine with { Files = [.. genuine.Files.Where(file => file.Path != "empty")] };
        var envelope = Envelope.Seal(CacheEntry.PayloadType, genuine.ToBytes(), _signer) with { Payload = forged.ToBytes() };
        string package = Assert.Single(Directory.GetFiles(_folder["feed"], "*.entry.*"));
        var parts = CacheEntry.Read(package, _action.Key).Parts;
        string work = Directory.CreateDirectory(_folder["work"]).FullName;
        foreach (CachePart part in parts.Values.SelectMany(p => p).Where(p => p.Size < 300))
        {
            Assert.True(CacheEntry.Extract(package, part, CachePackages.FileOf(part, work)));
        }

        File.Delete(package);
        new CachePackages(1000, 300).WriteEntry(new CacheEntry(envelope, forged, parts), work, package);
        using var theirs = new Machine(_folder["feed"], trusted: _folder["trusted.pem"]);
        using var careless = new Machine(_folder["feed"]);

        Assert.Null(theirs.Pull(_action));
        Assert.Equal(["MOPS2133"], theirs.Log.Codes);
        Assert.True(theirs.HasNothing);
        Assert.True(careless.Pull(_action) is { Unsigned: true });
    }

    [Fact]
    public void The_envelope_is_what_other_programs_verify()
    {
        byte[] payload = "{\"a\":1}"u8.ToArray();
        var envelope = Envelope.Parse(Envelope.Seal(CacheEntry.PayloadType, payload, _signer).ToBytes(), CacheEntry.PayloadType);
        byte[] signed = Encoding.UTF8.GetBytes("DSSEv1 36 application/vnd.modelops.action+json 7 {\"a\":1}");

        Assert.Equal(payload, envelope.Payload);
        Assert.True(_key.VerifyData(signed, Assert.Single(envelope.Signatures).Sig, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(_key.ExportSubjectPublicKeyInfo())), envelope.Signatures[0].Keyid);
    }

    [Theory]
    [InlineData("not PEM")]
    [InlineData("another curve")]
    [InlineData("a public key")]
    [InlineData("")]
    public void A_key_that_cannot_sign_is_an_error_before_the_work(string what)
    {
        using var p521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        string pem = what switch { "another curve" => p521.ExportPkcs8PrivateKeyPem(), "a public key" => _key.ExportSubjectPublicKeyInfoPem(), _ => what };
        using var machine = new Machine(_folder["feed"], push: true, signingKey: pem);

        Assert.Equal("MOPS2134", Assert.Throws<DiagnosticException>(machine.Results).Diagnostic.Code);
    }

    [Theory]
    [InlineData("{\"pull_request\":{\"head\":{\"repo\":{\"full_name\":\"a/x\"}},\"base\":{\"repo\":{\"full_name\":\"a/x\"}}}}", false)]
    [InlineData("{\"pull_request\":{\"head\":{\"repo\":{\"full_name\":\"b/x\"}},\"base\":{\"repo\":{\"full_name\":\"a/x\"}}}}", true)]
    [InlineData("{\"pull_request\":{\"head\":{\"repo\":null},\"base\":{\"repo\":{\"full_name\":\"a/x\"}}}}", true)]
    [InlineData("{}", true)]
    [InlineData("no JSON", true)]
    public void A_pull_request_of_GitHub_is_known_by_its_event(string text, bool fork)
    {
        string path = _folder.Write("event.json", text);
        Assert.Equal(fork, ForkPullRequest.Is(name => name switch { "GITHUB_EVENT_NAME" => "pull_request", "GITHUB_EVENT_PATH" => path, _ => null }));
        Assert.False(ForkPullRequest.Is(name => name switch { "GITHUB_EVENT_NAME" => "push", "GITHUB_EVENT_PATH" => path, _ => null }));
    }

    [Theory]
    [InlineData("SYSTEM_PULLREQUEST_ISFORK", "True", true)]
    [InlineData("SYSTEM_PULLREQUEST_ISFORK", "False", false)]
    [InlineData("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "7", true)]
    [InlineData("GITHUB_EVENT_NAME", "pull_request", true)]
    public void Other_servers_say_it_in_a_variable(string variable, string value, bool fork)
        => Assert.Equal(fork, ForkPullRequest.Is(name => name == variable ? value : null));

    private Machine Pusher(ECDsa? key) => new(_folder["feed"], push: true, signingKey: key?.ExportPkcs8PrivateKeyPem());
}
