using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline.Importing;
using ModelOps.Pipeline.Packages;
using ModelOps.Pipeline.Packaging;

namespace ModelOps.Pipeline.Tests.Packaging;

/// <summary>Packages in parts: cut by names, sizes and the limit alone, joined to the same bytes, refused when anything about a part is wrong.</summary>
public sealed class FragmentTests : IDisposable
{
    private const long Limit = 4000;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_sizes_and_limits_are_cut_into_parts_that_follow_each_other_and_fit()
    {
        var random = new Random(6130);
        for (int i = 0; i < Soak.Count(200, 5000); i++)
        {
            string root = _folder[$"plan{i}"];
            Directory.CreateDirectory(Path.Combine(root, "model"));
            for (int file = random.Next(1, 5); file > 0; file--)
            {
                byte[] bytes = new byte[random.Next(0, 300)];
                random.NextBytes(bytes);
                File.WriteAllBytes(Path.Combine(root, "model", $"m{file}.safetensors"), bytes);
            }

            IReadOnlyList<PackagedFile> files = PackagedFile.Describe(root);
            long limit = random.Next(1, 400);
            IReadOnlyList<PackageFragment>? parts = FragmentPlan.Of("A.B", root, files, limit);

            Assert.Equal(files.Sum(f => f.Size) <= limit, parts is null);
            foreach (IGrouping<string, PackageFragment> package in (parts ?? []).GroupBy(p => p.Package))
            {
                Assert.InRange(package.Sum(p => p.Size), 0, limit);
            }

            foreach (PackagedFile file in parts is null ? [] : files)
            {
                PackageFragment[] of = [.. parts!.Where(p => p.File == file.Path)];
                Assert.True(file.Size > limit || of.Length == 1, "a file that fits is whole");
                Assert.Equal(File.ReadAllBytes(Path.Combine(root, file.Path)), of.SelectMany(p => File.ReadAllBytes(Path.Combine(root, p.File)).Skip((int)p.Offset).Take((int)p.Size)));
                Assert.All(of, p => Assert.Equal(Digest.Of(File.ReadAllBytes(Path.Combine(root, p.File)).AsSpan((int)p.Offset, (int)p.Size)).ToString(), p.Digest));
            }

            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void A_large_model_is_several_packages_each_below_the_limit_and_verifies_as_one()
    {
        string model = Model();

        ImportResult one = Import(model, "one"), two = Import(model, "two");
        using var package = ModelPackage.Open(one.Packages[0]);

        Assert.True(one.Packages.Count > 3, string.Join('\n', one.Packages));
        Assert.Equal(one.Packages.Select(p => File.ReadAllBytes(p)), two.Packages.Select(p => File.ReadAllBytes(p)));
        Assert.All(one.Packages.Skip(1), path =>
        {
            using var archive = PackageArchive.Open(path);
            Assert.InRange(archive.Files.Where(file => file.StartsWith("fragment/", StringComparison.Ordinal)).Sum(file => archive.Read(file)!.Length), 1, Limit);
        });
        Assert.Null(package.Read("model/model-00001-of-00002.safetensors"));
        Assert.Empty(PackageVerifier.Verify([package.Restored()], folder => BaseModelIdentity.Compute(folder).Digest));
        Assert.All(Directory.GetFiles(model, "*.safetensors"), file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(package.Folder, "model", Path.GetFileName(file)))));

        File.Delete(one.Packages[^1]);
        using var alone = ModelPackage.Open(one.Packages[0]);
        Assert.Equal("MOPS7133", Assert.Throws<DiagnosticException>(() => alone.Folder).Diagnostic.Code);
    }

    [Fact]
    public void Restored_parts_are_joined_once_and_a_whole_one_has_two_names_for_one_file()
    {
        (string root, ModelManifest manifest) = Restore(Import(Model(), "out"));
        Assert.True(FragmentJoin.IsWanted(root));

        Join(root, manifest);

        Assert.False(FragmentJoin.IsWanted(root));
        Assert.Empty(Verify(root));
        PackageFragment whole = manifest.Fragments!.Single(f => f.File.EndsWith("00002-of-00002.safetensors", StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(Path.Combine(FragmentJoin.Beside(root, manifest)(whole.Package)!, whole.Path), new DateTime(2011, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(2011, File.GetLastWriteTimeUtc(Path.Combine(root, whole.File)).Year);
    }

    [Fact]
    public void A_thousand_wrong_parts_are_a_thousand_coded_errors_and_no_file()
    {
        (string root, ModelManifest manifest) = Restore(Import(Model(), "out"));
        PackageFragment[] parts = [.. manifest.Fragments!];
        string[] paths = [.. parts.Select(p => Path.Combine(FragmentJoin.Beside(root, manifest)(p.Package)!, p.Path))];
        var random = new Random(7133);
        var found = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < Soak.Count(1000, 20_000); i++)
        {
            int at = random.Next(parts.Length), other = (at + random.Next(1, parts.Length)) % parts.Length;
            byte[] good = File.ReadAllBytes(paths[at]), second = File.ReadAllBytes(paths[other]);
            string how = Damage(i % 6, paths[at], good, paths[other], second, random);

            string joined = Assert.Throws<DiagnosticException>(() => Join(root, manifest)).Diagnostic.Code;
            string[] verified = [.. FragmentJoin.Check(manifest, FragmentJoin.Beside(root, manifest)).Select(p => p.Code).Distinct()];

            Assert.True(joined == verified[0] && joined == (how is "swap" or "other" ? "MOPS7135" : "MOPS7134"), $"{how} of {paths[at]}: {joined}, {string.Join(',', verified)}");
            found[how] = found.GetValueOrDefault(how) + 1;
            foreach (string target in parts.Select(p => Path.Combine(root, p.File)).Distinct())
            {
                // What was joined before the wrong part was reached is right.
                Assert.True(!File.Exists(target) || manifest.Files.Any(f => Path.Combine(root, f.Path) == target && f.Digest == Digest.OfFile(target).ToString()));
                File.Delete(target);
            }

            File.WriteAllBytes(paths[at], good);
            File.WriteAllBytes(paths[other], second);
        }

        Assert.Equal(6, found.Count);
        Assert.Empty(Directory.GetFiles(Path.Combine(root, "model"), "*.tmp"));
        Join(root, manifest);
        Assert.Empty(Verify(root));
    }

    [Fact]
    public void A_part_that_is_replaced_after_it_was_joined_is_found_too_and_a_missing_package_is_named()
    {
        (string root, ModelManifest manifest) = Restore(Import(Model(), "out"));
        Join(root, manifest);
        string folder = FragmentJoin.Beside(root, manifest)(manifest.Fragments![0].Package)!, file = Path.Combine(folder, manifest.Fragments[0].Path);
        byte[] bad = File.ReadAllBytes(file);
        bad[7] ^= 1;
        File.Delete(file);
        File.WriteAllBytes(file, bad);
        string[] replaced = [.. Verify(root).Select(p => p.Code)];
        Directory.Delete(folder, recursive: true);

        Assert.Equal(["MOPS7134"], replaced);
        Assert.Equal(["MOPS7133"], Verify(root).Select(p => p.Code).Distinct());
    }

    [Theory]
    [InlineData("\"file\": \"model/model-00001-of-00002.safetensors\"", "\"file\": \"../../escape\"")]
    [InlineData("\"path\": \"fragment/", "\"path\": \"../fragment/")]
    [InlineData("\"offset\": 0", "\"offset\": 1")]
    [InlineData("\"package\": \"BaseModel.Tiny.Fragment1\"", "\"package\": \"../../elsewhere\"")]
    public void A_manifest_whose_parts_lead_elsewhere_or_leave_gaps_is_none(string old, string @new)
    {
        (string root, _) = Restore(Import(Model(), "out"));
        string path = Path.Combine(root, "model", ModelManifest.FileName), text = File.ReadAllText(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(old, @new, StringComparison.Ordinal));
        Assert.Equal("MOPS7004", Assert.Throws<DiagnosticException>(() => ModelManifest.Read(path)).Diagnostic.Code);
    }

    private static string Damage(int kind, string path, byte[] good, string otherPath, byte[] other, Random random)
    {
        switch (kind)
        {
            case 0:
                byte[] flipped = [.. good];
                flipped[random.Next(flipped.Length)] ^= (byte)random.Next(1, 256);
                File.WriteAllBytes(path, flipped);
                return "flip";
            case 1:
                File.WriteAllBytes(path, good[..random.Next(good.Length)]);
                return "cut";
            case 2:
                File.WriteAllBytes(path, [.. good, (byte)random.Next(256)]);
                return "longer";
            case 3:
                File.Delete(path);
                return "gone";
            case 4:
                File.WriteAllBytes(path, other);
                return "other";
            default:
                File.WriteAllBytes(path, other);
                File.WriteAllBytes(otherPath, good);
                return "swap";
        }
    }

    /// <summary>Two shards, one of them larger than a package may be.</summary>
    private string Model()
    {
        DownloadedModel.WriteText(_folder, "tiny", "---\nlicense: mit\n---\n");
        string[][] parts = [DownloadedModel.Layers(0, 1), DownloadedModel.Layers(1, 2)];
        File.WriteAllBytes(_folder["tiny/model-00001-of-00002.safetensors"], DownloadedModel.Weights(parts[0], 1, floats: 3000));
        File.WriteAllBytes(_folder["tiny/model-00002-of-00002.safetensors"], DownloadedModel.Weights(parts[1], 2, floats: 600));
        string map = string.Join(',', parts.Index().Select(p => $"\"{p.Item[0]}\":\"model-0000{p.Index + 1}-of-00002.safetensors\""));
        _folder.Write("tiny/model.safetensors.index.json", $"{{\"weight_map\":{{{map}}}}}");
        return _folder["tiny"];
    }

    private ImportResult Import(string model, string output)
        => HuggingFaceImport.Run(new ImportRequest(model, "BaseModel.Tiny", "1.0.0", "", _folder[output]) { SizeLimit = Limit }, CancellationToken.None);

    /// <summary>Every package where NuGet would put it.</summary>
    private (string Root, ModelManifest Manifest) Restore(ImportResult imported)
    {
        foreach (string path in imported.Packages)
        {
            string name = Path.GetFileNameWithoutExtension(path);
            using var archive = PackageArchive.Open(path);
            archive.Extract(_folder[$"cache/{name[..^".1.0.0".Length].ToLowerInvariant()}/1.0.0"]);
        }

        string root = _folder["cache/basemodel.tiny/1.0.0"];
        return (root, ModelManifest.Read(Path.Combine(root, "model", ModelManifest.FileName)));
    }

    private static void Join(string root, ModelManifest manifest) => FragmentJoin.Run(root, manifest, FragmentJoin.Beside(root, manifest));

    private static IReadOnlyList<Diagnostic> Verify(string root) => PackageVerifier.Verify([new RestoredPackage(root)], folder => BaseModelIdentity.Compute(folder).Digest);
}
