using System.IO.Compression;
using System.Security.Cryptography;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Core.Signing;
using ModelOps.Pipeline.Packages;

namespace ModelOps.Pipeline.Tests.Packages;

public sealed class PackageSignerTests : IDisposable
{
    private readonly PackedModel _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Signing_adds_one_last_entry_and_without_it_the_archive_is_as_it_was()
    {
        foreach (string archive in (string[])[_model.Archive, _model.BaseArchive!])
        {
            byte[] packed = File.ReadAllBytes(archive);
            PackageSigner.Sign(archive, _model.Key, detached: false);
            byte[] signed = File.ReadAllBytes(archive);
            PackageSigner.Sign(archive, _model.Key, detached: false);

            using (ZipArchive zip = ZipFile.OpenRead(archive))
            {
                Assert.Equal(SignatureBundle.Path, zip.Entries[^1].FullName);
                Assert.Single(zip.Entries, e => e.FullName == SignatureBundle.Path);
            }

            Assert.NotEqual(packed, signed);
            using var target = new MemoryStream();
            using (FileStream source = File.OpenRead(archive))
            {
                SignatureEntry.Copy(source, target, null);
            }

            Assert.Equal(packed, target.ToArray());
            using var reader = new NuGet.Packaging.PackageArchiveReader(archive);
            Assert.Contains(SignatureBundle.Path, reader.GetFiles());
        }
    }

    [Fact]
    public void Each_signer_vouches_for_release_provenance_and_evaluation_beside_the_others()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using SigningKey second = SigningKey.ImportPrivate(p384.ExportECPrivateKeyPem());
        PackageSigner.Sign(_model.Archive, _model.Key, detached: false);
        PackageSigner.Sign(_model.Archive, second, detached: false);

        using var package = ModelPackage.Open(_model.Archive);
        SignatureBundle bundle = package.Signatures();

        Assert.Equal(
            ["https://in-toto.io/attestation/release/v0.1", "https://in-toto.io/attestation/test-result/v0.1", "https://slsa.dev/provenance/v1"],
            bundle.Statements.Select(s => s.Statement.PredicateType).Order());
        Assert.All(bundle.Statements, s => Assert.Equal([_model.Key.Id, second.Id], s.Envelope.Signatures.Select(signature => signature.Keyid)));
        Assert.All(bundle.Statements, s => Assert.All(s.Envelope.Signatures, signature => Assert.True(s.Envelope.IsBy(signature.Keyid == second.Id ? second : _model.Key, signature))));
    }

    [Fact]
    public void Signatures_may_lie_beside_the_package()
    {
        byte[] packed = File.ReadAllBytes(_model.Archive);
        string file = PackageSigner.Sign(_model.Archive, _model.Key, detached: true);

        Assert.Equal("Contoso.Triage.1.2.0.intoto.jsonl", Path.GetFileName(file));
        Assert.Equal(packed, File.ReadAllBytes(_model.Archive));
        RestoredPackage[] packages = _model.Restore();
        using TrustPolicy policy = TrustPolicy.Read(_model.Policy());
        var trust = new PackageTrust(TrustMode.Require, policy);
        Assert.DoesNotContain(PackedModel.Verify([packages[0] with { Signatures = file }, packages[1]], trust), p => p.Message.Contains("Contoso.Triage", StringComparison.Ordinal));
        Assert.Contains(PackedModel.Verify([packages[0]], trust), p => p.Code == "MOPS6114");
    }

    [Fact]
    public void What_is_damaged_or_sealed_by_NuGet_is_not_signed()
    {
        string damaged = _model["damaged.nupkg"], sealedOne = _model["sealed.nupkg"];
        File.Copy(_model.Archive, damaged);
        File.Copy(_model.Archive, sealedOne);
        using (ZipArchive zip = ZipFile.Open(damaged, ZipArchiveMode.Update))
        {
            zip.GetEntry("model/adapter_config.json")!.Delete();
            using Stream stream = zip.CreateEntry("model/adapter_config.json").Open();
            stream.Write("""{"peft_type":"LORA","r":9}"""u8);
        }

        using (ZipArchive zip = ZipFile.Open(sealedOne, ZipArchiveMode.Update))
        {
            using Stream stream = zip.CreateEntry(".signature.p7s").Open();
            stream.WriteByte(1);
        }

        Assert.Equal("MOPS7001", Code(() => PackageSigner.Sign(damaged, _model.Key, detached: false)));
        Assert.Equal("MOPS6106", Code(() => PackageSigner.Sign(sealedOne, _model.Key, detached: false)));
        Assert.True(File.Exists(PackageSigner.Sign(sealedOne, _model.Key, detached: true)));
    }

    private static string Code(Action action) => Assert.Throws<DiagnosticException>(action).Diagnostic.Code;
}
