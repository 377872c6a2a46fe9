using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;

namespace ModelOps.Consume.Tests;

public sealed class PackageVerifierTests : IDisposable
{
    private readonly PackageFolder _packages = new();

    public void Dispose() => _packages.Dispose();

    [Fact]
    public void Packages_as_packed_have_no_problem()
    {
        Assert.Empty(Verify());
        Assert.Empty(PackageFolder.Verify(new RestoredPackage(_packages.AdapterRoot + "/"), new RestoredPackage(_packages.BaseRoot + "/model/../")));
    }

    [Fact]
    public void Two_hundred_changed_bytes_are_two_hundred_coded_errors()
    {
        RestoredPackage[] packages = [PackageFolder.Restored(_packages.BaseRoot), PackageFolder.Restored(_packages.AdapterRoot)];
        string[] files = [.. packages.SelectMany(p => Directory.GetFiles(p.Root, "*", SearchOption.AllDirectories)).Order(StringComparer.Ordinal)];
        Assert.Contains(files, file => file.EndsWith("modelops.json", StringComparison.Ordinal));
        var random = new Random(200);
        for (int i = 0; i < Soak.Count(200, 2000); i++)
        {
            string file = files[i % files.Length];
            byte[] good = File.ReadAllBytes(file);
            byte[] bad = [.. good];
            int at = random.Next(bad.Length);
            bad[at] ^= (byte)random.Next(1, 256);
            File.WriteAllBytes(file, bad);

            IReadOnlyList<Diagnostic> problems = PackageFolder.Verify(packages);

            File.WriteAllBytes(file, good);
            Assert.True(problems.Count > 0, $"byte {at} of {file} was {good[at]}, became {bad[at]}, and nobody noticed");
            Assert.All(problems, p => Assert.Matches("^MOPS(700[1-4]|6110)$", p.Code));
            Assert.Contains(problems, p => p.Location?.File == file);
        }

        Assert.Empty(PackageFolder.Verify(packages));
    }

    [Fact]
    public void Missing_extra_and_renamed_files_are_told()
    {
        string adapter = Path.Combine(_packages.AdapterRoot, "model", "adapter_model.safetensors");
        File.Move(adapter, adapter + ".old");
        Assert.Equal(["MOPS7001 adapter_model.safetensors", "MOPS7006 adapter_model.safetensors.old"], Told());
        File.Move(adapter + ".old", adapter);

        string deep = Directory.CreateDirectory(Path.Combine(_packages.AdapterRoot, "model", "more")).FullName;
        File.WriteAllText(Path.Combine(deep, "modelops.json"), "{}");
        Assert.Equal(["MOPS7006 modelops.json"], Told());
        Directory.Delete(deep, recursive: true);

        File.Delete(Path.Combine(_packages.AdapterRoot, "lineage", "eval.json"));
        Assert.Equal(["MOPS6110 eval.json"], Told());
    }

    [Fact]
    public void A_file_where_only_its_manifest_changed_with_it_is_told()
    {
        // Payload and manifest agree with each other; the digest in the package's targets does not.
        RestoredPackage vouched = PackageFolder.Restored(_packages.AdapterRoot);
        File.AppendAllText(Path.Combine(_packages.AdapterRoot, "model", "adapter_model.safetensors"), "!");
        ModelManifest manifest = ModelManifest.Read(PackageFolder.ManifestOf(_packages.AdapterRoot));
        PackageFolder.WriteManifest(_packages.AdapterRoot, manifest with { Files = PackagedFile.Describe(_packages.AdapterRoot) });

        Diagnostic problem = Assert.Single(PackageFolder.Verify(PackageFolder.Restored(_packages.BaseRoot), vouched));

        Assert.Equal(("MOPS7001", PackageFolder.ManifestOf(_packages.AdapterRoot)), (problem.Code, problem.Location?.File));
    }

    [Theory]
    [InlineData("../base/model/config.json")]
    [InlineData("model/../../base/model/config.json")]
    [InlineData("/etc/hostname")]
    [InlineData("../adapter-of-another/model/x")]
    public void A_path_that_leaves_the_package_is_not_followed(string path)
    {
        string target = Path.GetFullPath(Path.Combine(_packages.AdapterRoot, path));
        if (!File.Exists(target) && target.StartsWith(Path.GetTempPath(), StringComparison.Ordinal))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllText(target, "outside");
        }

        // Digest and size are right, so that only the place is wrong.
        (string digest, long size) = File.Exists(target) ? (Digest.OfFile(target).ToString(), new FileInfo(target).Length) : ("sha256:00", 1L);
        Rewrite(manifest => manifest with { Files = [.. manifest.Files, new PackagedFile(path, digest, size)] });

        Diagnostic problem = Assert.Single(Verify());

        Assert.Equal("MOPS7001", problem.Code);
        Assert.Contains("leaves the package", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(long.MaxValue / 2)]
    public void A_wrong_size_is_told_although_the_digest_fits(long lie)
    {
        Rewrite(manifest => manifest with { Files = [.. manifest.Files.Select((file, i) => i == 0 ? file with { Size = file.Size + lie } : file)] });

        Diagnostic problem = Assert.Single(Verify());

        Assert.Equal("MOPS6110", problem.Code);
        Assert.Contains("bytes, the manifest says", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_base_is_told()
    {
        Diagnostic problem = Assert.Single(PackageFolder.Verify(PackageFolder.Restored(_packages.AdapterRoot)));

        Assert.Equal("MOPS7002", problem.Code);
        Assert.Contains("BaseModel.tiny 1.0.7", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_base_under_the_same_id_is_told()
    {
        string other = _packages.MakeBase("other", "basemodel.TINY", "weights of another base");

        Diagnostic problem = Assert.Single(PackageFolder.Verify(PackageFolder.Restored(_packages.AdapterRoot), PackageFolder.Restored(other)));

        Assert.Equal("MOPS7003", problem.Code);
        Assert.Contains(_packages.BaseDigest.ToString(), problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_base_that_lies_about_itself_is_told()
    {
        // Every digest of the other base is right but the identity, which is that of the base the adapter wants.
        string liar = _packages.MakeBase("liar", "BaseModel.tiny", "weights of another base");
        ModelManifest manifest = ModelManifest.Read(PackageFolder.ManifestOf(liar));
        PackageFolder.WriteManifest(liar, manifest with { BaseDigest = _packages.BaseDigest.ToString() });

        Diagnostic problem = Assert.Single(PackageFolder.Verify(PackageFolder.Restored(_packages.AdapterRoot), PackageFolder.Restored(liar)));

        Assert.Equal("MOPS7003", problem.Code);
    }

    [Fact]
    public void One_unreadable_package_does_not_hide_the_problems_of_another()
    {
        File.WriteAllText(PackageFolder.ManifestOf(_packages.BaseRoot), "{");
        File.AppendAllText(Path.Combine(_packages.AdapterRoot, "report", "README.md"), "more");

        Assert.Equal(["MOPS7004", "MOPS7001"], Verify().Select(p => p.Code));
    }

    private IReadOnlyList<Diagnostic> Verify() => PackageFolder.Verify(PackageFolder.Restored(_packages.BaseRoot), PackageFolder.Restored(_packages.AdapterRoot));

    private IEnumerable<string> Told() => Verify().Select(p => $"{p.Code} {Path.GetFileName(p.Location!.Value.File)}");

    private void Rewrite(Func<ModelManifest, ModelManifest> change)
    {
        ModelManifest manifest = ModelManifest.Read(PackageFolder.ManifestOf(_packages.AdapterRoot));
        PackageFolder.WriteManifest(_packages.AdapterRoot, change(manifest));
    }
}
