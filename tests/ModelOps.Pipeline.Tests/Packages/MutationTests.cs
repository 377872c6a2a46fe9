using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Core.Lineage;
using ModelOps.Core.Packaging;
using ModelOps.Core.Signing;
using JsonNode = System.Text.Json.Nodes.JsonNode;

namespace ModelOps.Pipeline.Tests.Packages;

/// <summary>Whoever changes a package after it was signed is found out, by the class that the consumer's build runs, and told by a code of its own.</summary>
public sealed class MutationTests : IDisposable
{
    private readonly PackedModel _model = new();
    private readonly RestoredPackage[] _packages;
    private readonly TrustPolicy _policy;
    private readonly PackageTrust _required;

    public MutationTests()
    {
        _model.Sign();
        _packages = _model.Restore();
        _policy = TrustPolicy.Read(_model.Policy());
        _required = new PackageTrust(TrustMode.Require, _policy);
    }

    public void Dispose()
    {
        _policy.Dispose();
        _model.Dispose();
    }

    [Fact]
    public void Signed_packages_as_packed_have_no_problem()
    {
        Assert.Empty(PackedModel.Verify(_packages, _required));
        Assert.Empty(PackedModel.Verify(_packages));
    }

    [Fact]
    public void A_thousand_flipped_bytes_are_a_thousand_coded_errors()
    {
        string[] files = [.. _packages.SelectMany(p => Directory.GetFiles(p.Root, "*", SearchOption.AllDirectories)).Where(f => new FileInfo(f).Length > 0).Order(StringComparer.Ordinal)];
        var random = new Random(6100);
        var found = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        for (int i = 0; i < Soak.Count(1000, 20_000); i++)
        {
            string file = files[i % files.Length];
            byte[] good = File.ReadAllBytes(file);
            byte[] bad = [.. good];

            // Most of a line of signatures is payload; half of the flips go to its end, where key and signature stand.
            int at = KindOf(file) == "signature" && random.Next(2) == 0 ? EndOfALine(good, random) - random.Next(2, 180) : random.Next(bad.Length);
            bad[at] ^= (byte)(i % 2 == 0 ? 1 << random.Next(8) : random.Next(1, 256));
            File.WriteAllBytes(file, bad);

            IReadOnlyList<Diagnostic> problems = PackedModel.Verify(_packages, _required);

            File.WriteAllBytes(file, good);
            string kind = KindOf(file);
            Assert.True(problems.Any(p => p.Severity == DiagnosticSeverity.Error), $"byte {at} of {file} was {good[at]}, became {bad[at]}, and nobody noticed");
            Assert.All(problems, p => Assert.Matches(CodesOf(kind), p.Code));
            found.TryAdd(kind, []);
            found[kind].UnionWith(problems.Select(p => p.Code));
        }

        Assert.Empty(PackedModel.Verify(_packages, _required));
        Assert.Equal(["evidence", "manifest", "payload", "signature", "targets"], found.Keys.Order());
        Assert.Equal(["MOPS6112", "MOPS6113", "MOPS6114"], found["signature"].Order());
    }

    [Fact]
    public void Without_a_policy_only_the_signature_bytes_themselves_can_change_unseen()
    {
        string file = Path.Combine(_packages[0].Root, SignatureBundle.Path);
        byte[] good = File.ReadAllBytes(file);
        var random = new Random(1);
        for (int i = 0; i < Soak.Count(300, 3000); i++)
        {
            byte[] bad = [.. good];
            int at = random.Next(bad.Length);
            bad[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, bad);
            bool silent = PackedModel.Verify(_packages).Count == 0;
            File.WriteAllBytes(file, good);
            string line = Encoding.UTF8.GetString(good)[..at];
            Assert.True(!silent || line.LastIndexOf("\"signatures\"", StringComparison.Ordinal) > line.LastIndexOf("\"payload\"", StringComparison.Ordinal), $"byte {at}");
        }
    }

    [Theory]
    [InlineData("verdict alone", "MOPS6111")]
    [InlineData("statement alone", "MOPS6111")]
    [InlineData("manifest alone", "MOPS6111")]
    [InlineData("evaluation of another model", "MOPS6111")]
    [InlineData("everything, consistently", "MOPS6112")]
    [InlineData("everything, and no signatures", "MOPS6114")]
    [InlineData("everything, signed by somebody else", "MOPS6114")]
    public void A_forged_evaluation_is_found_although_every_digest_was_mended(string how, string code)
    {
        string root = _packages[0].Root;
        Forge(root, how);
        RestoredPackage mended = MendDigests(root);

        IReadOnlyList<Diagnostic> problems = PackedModel.Verify([mended, _packages[1]], _required);

        Assert.NotEmpty(problems);
        Assert.All(problems, p => Assert.Equal(code, p.Code));
    }

    [Fact]
    public void A_swapped_base_is_found_whether_or_not_it_lies_about_itself()
    {
        string root = _packages[1].Root;
        File.WriteAllText(Path.Combine(root, "model", "model.safetensors"), "weights of another base");
        RestoredPackage honest = MendDigests(root, manifest => manifest with { BaseDigest = BaseModelIdentity.Compute(Path.Combine(root, "model")).Digest.ToString() });
        string[] other = [.. PackedModel.Verify([_packages[0], honest], _required).Select(p => p.Code).Distinct()];
        RestoredPackage liar = MendDigests(root, manifest => manifest with { BaseDigest = _model.Facts.BaseModel.Digest.ToString() });
        string[] lying = [.. PackedModel.Verify([_packages[0], liar], _required).Select(p => p.Code).Distinct()];
        string[] alone = [.. PackedModel.Verify([_packages[0]], _required).Select(p => p.Code)];

        // 6112: the base's own signatures do not fit it any more either.
        Assert.Equal(["MOPS6112", "MOPS7003"], other.Order());
        Assert.Equal(["MOPS6112", "MOPS7003"], lying.Order());
        Assert.Equal(["MOPS7002"], alone);
    }

    [Fact]
    public void Warn_warns_of_what_require_refuses_and_forgives_no_forgery()
    {
        using var unsigned = new PackedModel();
        RestoredPackage[] packages = unsigned.Restore();
        using TrustPolicy policy = TrustPolicy.Read(unsigned.Policy());
        Assert.Empty(PackedModel.Verify(packages));
        Assert.Equal(
            [("MOPS6114", DiagnosticSeverity.Error)], PackedModel.Verify(packages, new PackageTrust(TrustMode.Require, policy)).Select(p => (p.Code, p.Severity)).Distinct());
        Assert.Equal(
            [("MOPS6114", DiagnosticSeverity.Warning)], PackedModel.Verify(packages, new PackageTrust(TrustMode.Warn, policy)).Select(p => (p.Code, p.Severity)).Distinct());

        // The key's name on another key's signature.
        string file = Path.Combine(_packages[0].Root, SignatureBundle.Path);
        using var mallory = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        using SigningKey other = SigningKey.ImportPrivate(mallory.ExportPkcs8PrivateKeyPem());
        var bundle = SignatureBundle.Parse(File.ReadAllBytes(file));
        File.WriteAllBytes(file, new SignatureBundle([.. bundle.Statements.Select(s => s with
        {
            Envelope = s.Envelope with { Signatures = [Envelope.Seal(s.Envelope.PayloadType, s.Envelope.Payload, other).Signatures[0] with { Keyid = _model.Key.Id }] },
        })]).ToBytes());
        Assert.Equal([("MOPS6113", DiagnosticSeverity.Error)], PackedModel.Verify(_packages, new PackageTrust(TrustMode.Warn, _policy)).Select(p => (p.Code, p.Severity)).Distinct());
    }

    [Theory]
    [InlineData("\"requiredVerdicts\": [\"off\"]", "MOPS6115")]
    [InlineData("\"allowedLicenses\": [\"GPL-2.0-only\"]", "MOPS6116")]
    [InlineData("\"allowedLicenses\": [\"mit\", \"Apache-2.0\"]", null)]
    [InlineData("\"allowedBases\": [\"BaseModel.other\"]", "MOPS6117")]
    [InlineData("\"allowedBases\": [\"basemodel.TINY\"]", null)]
    [InlineData("\"requiredStatements\": [\"provenance\"]", null)]
    public void A_policy_is_about_verdict_licence_and_base_too(string more, string? code)
    {
        using TrustPolicy policy = TrustPolicy.Read(_model.Policy(more));
        Assert.Equal(code is null ? [] : [code], PackedModel.Verify(_packages, new PackageTrust(TrustMode.Require, policy)).Select(p => p.Code).Distinct());
    }

    private static int EndOfALine(byte[] lines, Random random)
    {
        int[] ends = [.. lines.Index().Where(b => b.Item == (byte)'\n').Select(b => b.Index)];
        return ends[random.Next(ends.Length)];
    }

    private static string KindOf(string file) => file switch
    {
        _ when file.Contains("/lineage/", StringComparison.Ordinal) => "evidence",
        _ when file.Contains("/signatures/", StringComparison.Ordinal) => "signature",
        _ when file.Contains("/buildTransitive/", StringComparison.Ordinal) => "targets",
        _ when file.EndsWith("/modelops.json", StringComparison.Ordinal) => "manifest",
        _ => "payload",
    };

    private static string CodesOf(string kind) => kind switch
    {
        "evidence" => "^MOPS6110$",
        "signature" or "targets" => "^MOPS611[234]$",
        // 7002: whoever stands on a base whose manifest cannot be read misses it.
        "manifest" => "^MOPS700[124]$",
        _ => "^MOPS7001$",
    };

    private void Forge(string root, string how)
    {
        string verdictFile = Path.Combine(root, PackageEvidence.Verdict), statementFile = Path.Combine(root, PackageEvidence.EvaluationResult);
        Verdict verdict = VerdictJson.Read(verdictFile);
        Verdict better = verdict with { Gates = [.. verdict.Gates.Select(g => g with { Value = 1, Interval = new(0.99, 1), CandidateValue = 1 })] };
        Statement statement = Statement.Parse(File.ReadAllBytes(statementFile));
        EvaluationReport report = EvaluationJson.Read(Path.Combine(root, PackageEvidence.Evaluation));
        if (how is "verdict alone" || how.StartsWith("everything", StringComparison.Ordinal))
        {
            File.WriteAllBytes(verdictFile, VerdictJson.Write(better));
        }

        if (how is "statement alone" || how.StartsWith("everything", StringComparison.Ordinal))
        {
            File.WriteAllBytes(statementFile, EvaluationStatement.Of(statement.Subjects, report, better).ToBytes());
        }

        if (how is "manifest alone")
        {
            MendDigests(root, manifest => manifest with { Verdict = "off" });
        }

        if (how is "evaluation of another model")
        {
            var fields = new KeyFields().Add("trainingKey", FingerprintFile.Of("Train", new KeyFields().Add("other", 1)).Key);
            EvaluationReport other = report with { Fields = fields };
            File.WriteAllBytes(Path.Combine(root, PackageEvidence.Evaluation), EvaluationJson.Write(other));
            Verdict of = verdict with { EvaluationKey = other.Key };
            File.WriteAllBytes(verdictFile, VerdictJson.Write(of));
            File.WriteAllBytes(statementFile, EvaluationStatement.Of(statement.Subjects, other, of).ToBytes());
        }

        if (how is "everything, and no signatures")
        {
            File.Delete(Path.Combine(root, SignatureBundle.Path));
        }

        if (how is "everything, signed by somebody else")
        {
            File.Delete(Path.Combine(root, SignatureBundle.Path));
            MendDigests(root);
            using var mallory = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP384);
            using SigningKey key = SigningKey.ImportPrivate(mallory.ExportPkcs8PrivateKeyPem());
            string archive = _model.Zip(root, "forged");
            ModelOps.Pipeline.Packages.PackageSigner.Sign(archive, key, detached: false);
            Directory.CreateDirectory(Path.Combine(root, "signatures"));
            using var forged = PackageArchive.Open(archive);
            File.WriteAllBytes(Path.Combine(root, SignatureBundle.Path), forged.Read(SignatureBundle.Path)!);
        }
    }

    /// <summary>What a thorough attacker does: manifest and targets vouch for whatever is there now.</summary>
    private static RestoredPackage MendDigests(string root, Func<ModelManifest, ModelManifest>? change = null)
    {
        string path = Path.Combine(root, "model", ModelManifest.FileName);
        ModelManifest manifest = ModelManifest.Read(path);
        var listed = manifest.Files.Select(f => f.Path).ToHashSet();
        manifest = manifest with { Files = [.. PackagedFile.Describe(root).Where(f => listed.Contains(f.Path))] };
        File.WriteAllBytes(path, (change?.Invoke(manifest) ?? manifest).ToBytes());
        string digest = Digest.OfFile(path).ToString();
        string targets = Directory.GetFiles(Path.Combine(root, "buildTransitive")).Single();
        File.WriteAllText(targets, Regex.Replace(File.ReadAllText(targets), "ManifestDigest=\"[^\"]*\"", $"ManifestDigest=\"{digest}\""));
        return new RestoredPackage(root, digest);
    }
}
