using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace ModelOps.Sdk.Tests;

/// <summary><c>dotnet pack</c>: what it makes and under which name.</summary>
public sealed class Packaging
{
    [Fact]
    public void Pack_makes_the_model_and_its_base_without_a_warning()
    {
        TestRepository repository = Repository().Property("Description", "Sorts tickets; \"quick\" &amp; small.").Save();

        BuildResult pack = repository.Run("pack");

        Assert.True(pack.Succeeded, pack.Output);
        Assert.Empty(pack.Codes);
        string[] packages = Packages(repository);
        Assert.Equal(2, packages.Length);
        var model = new PackagingArchive(repository.PathOf("out/Contoso.Triage.1.2.0.nupkg"));
        string @base = packages.Single(p => p.StartsWith("BaseModel.base.1.0.", StringComparison.Ordinal));
        string baseVersion = @base["BaseModel.base.".Length..^".nupkg".Length];
        Assert.Equal(
            [
                "buildTransitive/Contoso.Triage.targets", "lib/net8.0/_._", "lineage/bom.cdx.json", "lineage/eval.json", "lineage/evaluation.intoto.jsonl",
                "lineage/fingerprint.json", "lineage/provenance.intoto.jsonl",
                "lineage/training.json", "lineage/verdict.json", "model/adapter_config.json", "model/adapter_model.safetensors", "model/mock.json",
                "model/modelops.json", "model/parity.jsonl", "report/README.md", "report/data.md", "report/index.html",
            ],
            model.Files);
        Assert.Equal([$"net8.0: BaseModel.base [{baseVersion}]", "net8.0: ModelOps.Consume 1.0.0"], model.Dependencies);
        Assert.Equal(("report/README.md", "MIT", "Contoso"), (model.Metadata("readme").Replace('\\', '/'), model.Metadata("license"), model.Metadata("authors")));
        Assert.Contains("Sorts tickets; \"quick\" & small.", Encoding.UTF8.GetString(model["report/README.md"]), StringComparison.Ordinal);
        JsonElement manifest = model.Json("model/modelops.json");
        Assert.Equal(("passed", "1.2.0", baseVersion), (Text(manifest, "verdict"), Text(manifest, "version"), manifest.GetProperty("base").GetProperty("version").GetString()));
        Assert.Equal(JsonDocument.Parse(File.ReadAllBytes(repository.Obj("fingerprint.json"))).RootElement.GetProperty("key").GetString(), Text(manifest, "trainingKey"));
        Assert.Equal("net8.0: ModelOps.Consume 1.0.0", Assert.Single(new PackagingArchive(repository.PathOf("out/" + @base)).Dependencies));
        NothingLeaks(model, repository);

        byte[] before = File.ReadAllBytes(repository.PathOf("out/Contoso.Triage.1.2.0.nupkg"));
        BuildResult again = repository.Run("pack", "--no-restore");

        Assert.True(again.Succeeded, again.Output);
        Assert.Empty(again.Codes);
        Assert.Empty(again.Ran);
        Assert.Equal(before, File.ReadAllBytes(repository.PathOf("out/Contoso.Triage.1.2.0.nupkg")));
        repository.Done();
    }

    [Fact]
    public void Two_clones_in_different_folders_pack_the_same_bytes()
    {
        TestRepository here = Repository("here").Save();
        TestRepository there = Repository("dört über").Save();
        foreach (string file in Directory.GetFiles(there.PathOf("base")).Concat(Directory.GetFiles(there.PathOf("Triage"), "*", SearchOption.AllDirectories)))
        {
            File.SetLastWriteTimeUtc(file, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        }

        string[] commits = [Commit(here), Commit(there)];
        BuildResult first = here.Run("pack");
        BuildResult second = there.Run("pack", "-c", "Debug", "-p:ModelOpsThreads=1");

        Assert.True(first.Succeeded, first.Output);
        Assert.True(second.Succeeded, second.Output);
        Assert.Empty(first.Codes);
        Assert.Equal(Packages(here), Packages(there));
        Assert.All(Packages(here), name => Assert.Equal(File.ReadAllBytes(here.PathOf("out/" + name)), File.ReadAllBytes(there.PathOf("out/" + name))));
        JsonElement source = new PackagingArchive(here.PathOf("out/Contoso.Triage.1.2.0.nupkg")).Json("lineage/provenance.intoto.jsonl")
            .GetProperty("predicate").GetProperty("buildDefinition").GetProperty("resolvedDependencies").EnumerateArray().Last();
        Assert.Equal(commits[0], commits[1]);
        Assert.Equal(("source", commits[0]), (Text(source, "name"), Text(source.GetProperty("digest"), "gitCommit")));
        Assert.False(source.GetProperty("annotations").GetProperty("dirty").GetBoolean());
        here.Done();
        there.Done();
    }

    [Fact]
    public void A_package_is_verified_by_a_rebuild_from_its_inputs()
    {
        TestRepository repository = Repository().Save();
        BuildResult pack = repository.Run("pack");
        Assert.True(pack.Succeeded, pack.Output);

        ProcessResult same = repository.Tool("verify", "out/Contoso.Triage.1.2.0.nupkg", "--rebuild", "--project", "Triage");
        repository.Edit("Triage/data/train/a.jsonl", "alpha7 beta7 about", "alpha7 beta7 concerning");
        ProcessResult other = repository.Tool("verify", "out/Contoso.Triage.1.2.0.nupkg", "--rebuild", "--project", "Triage");

        Assert.True(same.ExitCode == 0, same.Output);
        Assert.Contains("rebuilt byte for byte", same.Output, StringComparison.Ordinal);
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("error MOPS6121", other.Output, StringComparison.Ordinal);
        repository.Done();
    }

    [Fact]
    public void Without_a_licence_nothing_is_packed_and_gates_that_are_off_are_on_record()
    {
        TestRepository repository = Repository().Property("PackageLicenseExpression", "").Save();

        BuildResult none = repository.Run("pack");
        BuildResult off = repository.Run("pack", "--no-restore", "-p:PackageLicenseExpression=MIT", "-p:ModelOpsGates=false");

        Assert.Equal((1, "MOPS6004"), (none.ExitCode, string.Join(',', none.Codes)));
        Assert.True(off.Succeeded, off.Output);
        Assert.Equal("off", Text(new PackagingArchive(repository.PathOf("out/Contoso.Triage.1.2.0.nupkg")).Json("model/modelops.json"), "verdict"));
        repository.Done();
    }

    [Fact]
    public void New_content_under_an_old_version_is_a_warning_and_the_key_can_be_the_version()
    {
        TestRepository repository = Repository().Save();
        BuildResult first = repository.Run("pack");
        byte[] old = File.ReadAllBytes(repository.PathOf("out/Contoso.Triage.1.2.0.nupkg"));
        repository.Edit("Triage/data/train/a.jsonl", "alpha7 beta7 about", "alpha7 beta7 concerning");

        BuildResult keyed = repository.Run("pack", "--no-restore", "-p:ModelOpsVersionSuffix=Key");
        BuildResult strict = repository.Run("pack", "--no-restore", "-p:TreatWarningsAsErrors=true");
        byte[] kept = File.ReadAllBytes(repository.PathOf("out/Contoso.Triage.1.2.0.nupkg"));
        BuildResult same = repository.Run("pack", "--no-restore");
        BuildResult wrong = repository.Run("pack", "--no-restore", "-p:ModelOpsVersionSuffix=Hash");

        Assert.True(first.Succeeded, first.Output);
        Assert.True(keyed.Succeeded, keyed.Output);
        string key = JsonDocument.Parse(File.ReadAllBytes(repository.Obj("fingerprint.json"))).RootElement.GetProperty("key").GetString()!["sha256:".Length..][..12];
        Assert.Empty(keyed.Codes);
        var prerelease = new PackagingArchive(repository.PathOf($"out/Contoso.Triage.1.2.0-k{key}.nupkg"));
        Assert.Equal($"1.2.0-k{key}", prerelease.Metadata("version"));
        Assert.Equal($"1.2.0-k{key}", Text(prerelease.Json("model/modelops.json"), "version"));
        Assert.Equal((1, "MOPS6005"), (strict.ExitCode, string.Join(',', strict.Codes)));
        Assert.Equal(old, kept);
        Assert.True(same.Succeeded, same.Output);
        Assert.Equal(["MOPS6005"], same.Codes);
        Assert.Equal((1, "MOPS2054"), (wrong.ExitCode, string.Join(',', wrong.Codes)));
        repository.Done();
    }

    [Fact]
    public void A_neighbours_target_framework_and_an_odd_folder_name_do_not_matter()
    {
        // What a Directory.Build.props says for the code beside the model, and a base model whose folder is no package id.
        TestRepository repository = Repository().Property("BaseModel", "../base v1 (ü)").Save()
            .Write("Directory.Build.props", "<Project><PropertyGroup><TargetFramework>net10.0</TargetFramework><Nullable>enable</Nullable><TreatWarningsAsErrors>true</TreatWarningsAsErrors></PropertyGroup></Project>");
        Directory.Move(repository.PathOf("base"), repository.PathOf("base v1 (ü)"));

        BuildResult pack = repository.Run("pack");

        Assert.True(pack.Succeeded, pack.Output);
        Assert.Empty(pack.Codes);
        Assert.Contains("net8.0: ModelOps.Consume 1.0.0", new PackagingArchive(repository.PathOf("out/Contoso.Triage.1.2.0.nupkg")).Dependencies);
        Assert.Contains(Packages(repository), name => name.StartsWith("BaseModel.base-v1.1.0.", StringComparison.Ordinal));
        repository.Done();
    }

    internal static TestRepository Repository(string name = "repository") => new TestRepository(name).WithTriage()
        .Property("PackageId", "Contoso.Triage").Property("Version", "1.2.0").Property("Authors", "Contoso").Property("PackageLicenseExpression", "MIT")
        .Property("PackageOutputPath", "../out");

    internal static string[] Packages(TestRepository repository) => Directory.Exists(repository.PathOf("out"))
        ? [.. Directory.GetFiles(repository.PathOf("out")).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)] : [];

    internal static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    /// <summary>One commit of everything, the same wherever and whenever it is made.</summary>
    private static string Commit(TestRepository repository)
    {
        string Git(params string[] arguments)
        {
            var start = new ProcessStartInfo("git", ["-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "core.autocrlf=false", .. arguments])
            {
                WorkingDirectory = repository.Root, RedirectStandardOutput = true, UseShellExecute = false,
            };
            start.Environment["GIT_AUTHOR_DATE"] = start.Environment["GIT_COMMITTER_DATE"] = "2026-03-01T00:00:00Z";
            using Process process = Process.Start(start)!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"git {string.Join(' ', arguments)} ended with {process.ExitCode}");
        }

        Git("init", "-q");
        Git("add", ".");
        Git("commit", "-q", "-m", "data");
        return Git("rev-parse", "HEAD");
    }

    private static void NothingLeaks(PackagingArchive package, TestRepository repository)
    {
        foreach (string file in package.Files)
        {
            string text = Encoding.Latin1.GetString(package[file]);
            Assert.DoesNotContain(Path.GetTempPath().TrimEnd('/'), text, StringComparison.Ordinal);
            Assert.DoesNotContain(repository.Root, text, StringComparison.Ordinal);
            Assert.DoesNotContain(Environment.MachineName, text, StringComparison.Ordinal);
        }
    }
}
