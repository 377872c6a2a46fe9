using System.Text.Json;

namespace ModelOps.Sdk.Tests;

/// <summary>A base model that comes as a package: imported, restored, trained on, depended on, stored once.</summary>
public sealed class BaseReferences
{
    [Fact]
    public void Two_adapters_on_one_imported_base_in_parts_and_an_app_that_consumes_both()
    {
        TestRepository repository = Repository();
        ProcessResult import = repository.Tool("import", "hf", "base", "--id", "BaseModel.Parts", "--version", "1.0.0", "-o", "feed", "--size-limit", "90B");
        Assert.True(import.ExitCode == 0, import.Output);
        repository.Property("BaseModel", "").Item("""<BaseModelReference Include="BaseModel.Parts" Version="1.0.0" />""").Item("""<EvalGate Include="ExactMatch" Minimum="0.80" />""")
            .Property("RestorePackagesWithLockFile", "true").Save();

        BuildResult pack = repository.Run("pack");
        string second = File.ReadAllText(repository.PathOf(repository.Project)).Replace("Contoso.Triage", "Contoso.Desk", StringComparison.Ordinal);
        BuildResult other = WithWeights(repository.WithTriage("Desk")).Write("Desk/Desk.csproj", second).Run("pack", "Desk/Desk.csproj", "-p:LoraRank=8", "-p:ModelOpsPackageSizeLimit=1KB");
        BuildResult again = repository.Run("build", "Triage/Triage.csproj");

        Assert.True(pack.Succeeded, pack.Output);
        Assert.True(other.Succeeded, other.Output);
        Assert.Empty(pack.Codes);
        Assert.Equal(["BaseModel.Parts.1.0.0.nupkg", "BaseModel.Parts.Fragment1.1.0.0.nupkg", "BaseModel.Parts.Fragment2.1.0.0.nupkg"], Directory.GetFiles(repository.PathOf("feed")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["Contoso.Desk.1.2.0.nupkg", "Contoso.Desk.Fragment1.1.2.0.nupkg", "Contoso.Triage.1.2.0.nupkg"], Packaging.Packages(repository));
        var model = new PackagingArchive(repository.PathOf("out/Contoso.Triage.1.2.0.nupkg"));
        Assert.Equal(["net8.0: BaseModel.Parts [1.0.0, 2.0.0)", "net8.0: ModelOps.Consume 1.0.0"], model.Dependencies);
        JsonElement manifest = model.Json("model/modelops.json");
        Assert.Equal(("BaseModel.Parts", "1.0.0"), (manifest.GetProperty("base").GetProperty("id").GetString(), manifest.GetProperty("base").GetProperty("version").GetString()));
        Assert.Contains(manifest.GetProperty("baseDigest").GetString()!, import.Output, StringComparison.Ordinal);

        // The project is MIT; the base is not.
        string bom = System.Text.Encoding.UTF8.GetString(model["lineage/bom.cdx.json"]), card = System.Text.Encoding.UTF8.GetString(model["report/README.md"]);
        Assert.Contains("Apache-2.0", bom, StringComparison.Ordinal);
        Assert.Contains("| licence of the base model | Apache-2.0 |", card, StringComparison.Ordinal);
        Assert.Contains("\"contentHash\"", File.ReadAllText(repository.PathOf("Triage/packages.lock.json")), StringComparison.Ordinal);
        Assert.Contains("up to date", again.Output, StringComparison.Ordinal);

        // The same model from its folder is the same training.
        repository.Edit("Triage/Triage.csproj", """<BaseModelReference Include="BaseModel.Parts" Version="1.0.0" />""", "").Edit("Triage/Triage.csproj", "<BaseModel></BaseModel>", "");
        BuildResult moved = repository.Run("build", "Triage/Triage.csproj");
        Assert.True(moved.Succeeded, moved.Output);
        Assert.DoesNotContain(moved.Ran, line => line.Contains("train", StringComparison.Ordinal));
        Consume(repository);
        repository.Done();
    }

    [Fact]
    public void What_is_wrong_with_a_reference_is_told_by_code_and_versions_may_be_central()
    {
        TestRepository repository = Repository();
        ProcessResult import = repository.Tool("import", "hf", "base", "--id", "BaseModel.Imported", "--version", "1.0.0", "-o", "feed");
        Assert.True(import.ExitCode == 0, import.Output);
        repository.Item("""<BaseModelReference Include="BaseModel.Imported" Version="1.0.0" />""").Item("""<EvalGate Include="ExactMatch" Minimum="0.80" />""").Save();

        BuildResult twice = repository.Run("build");
        BuildResult misspelt = repository.Property("BaseModel", "").Save().Edit(repository.Project, "Version=\"1.0.0\" />", "Version=\"1.0.0\" Vershion=\"1\" />").Run("build", "--no-restore");
        repository.Save().Edit(repository.Project, "Version=\"1.0.0\" />", "Version=\"1.1.0\" />");
        BuildResult absent = repository.Run("build", "--no-restore");
        repository.Save().Edit(repository.Project, " Version=\"1.0.0\" />", " />").Write("Directory.Packages.props", """
            <Project>
              <PropertyGroup><ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally></PropertyGroup>
              <ItemGroup><PackageVersion Include="BaseModel.Imported" Version="1.0.0" /></ItemGroup>
            </Project>
            """);
        BuildResult central = repository.Run("build");

        repository.Tool("import", "hf", "base", "--id", "BaseModel.Imported", "--version", "1.1.0", "-o", "feed");
        ProcessResult outdated = Dotnet.Run(repository.Root, new Dictionary<string, string> { ["NUGET_PACKAGES"] = SdkFeed.Cache }, "list", repository.PathOf(repository.Project), "package", "--outdated");

        Assert.Equal((1, "MOPS2062"), (twice.ExitCode, string.Join(',', twice.Codes)));
        Assert.Equal((1, "MOPS2052"), (misspelt.ExitCode, string.Join(',', misspelt.Codes)));
        Assert.Equal((1, "MOPS7130"), (absent.ExitCode, string.Join(',', absent.Codes)));
        Assert.True(central.Succeeded, central.Output);
        Assert.Matches(@"BaseModel\.Imported\s+1\.0\.0\s+1\.0\.0\s+1\.1\.0", outdated.Output);
        Assert.Empty(central.Codes);
        repository.Done();
    }

    private static void Consume(TestRepository repository)
    {
        foreach (string file in Directory.GetFiles(repository.PathOf("feed")))
        {
            File.Copy(file, repository.PathOf("out/" + Path.GetFileName(file)));
        }

        ConsumingRepository apps = new ConsumingRepository(models: repository.PathOf("out"))
            .Project("App/App.csproj", """<PackageReference Include="Contoso.Triage" Version="1.2.0" /><PackageReference Include="Contoso.Desk" Version="1.2.0" />""", "<OutputType>Exe</OutputType><InvariantGlobalization>true</InvariantGlobalization>")
            .Write("App/Program.cs", "System.Console.WriteLine(Triage.Path + Desk.Path);\n");
        BuildResult build = apps.Run("build", apps.PathOf("App"));
        Assert.True(build.Succeeded, build.Output);
        Assert.Empty(build.Codes);
        Assert.Equal(["BaseModel.Parts", "Contoso.Desk", "Contoso.Triage"], Directory.GetDirectories(apps.PathOf("App/bin/Debug/net10.0/models")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        string @base = apps.PathOf("App/bin/Debug/net10.0/models/BaseModel.Parts/model.safetensors");
        Assert.Equal(File.ReadAllBytes(repository.PathOf("base/model.safetensors")), File.ReadAllBytes(@base));
        Assert.True(File.Exists(apps.PathOf("App/bin/Debug/net10.0/models/Contoso.Desk/adapter_model.safetensors")));

        // A part that somebody replaced in the cache: found, whether or not it was joined before.
        string part = Directory.GetFiles(apps.CacheOf("BaseModel.Parts.Fragment2"), "model.safetensors.*", SearchOption.AllDirectories).Single();
        byte[] bytes = File.ReadAllBytes(part);
        bytes[^1] ^= 1;
        File.WriteAllBytes(part, bytes);
        BuildResult joined = apps.Run("build", apps.PathOf("App"), "--no-restore");
        File.Delete(Path.Combine(apps.CacheOf("BaseModel.Parts"), "model", "model.safetensors"));
        BuildResult unjoined = apps.Run("build", apps.PathOf("App"), "--no-restore");
        Assert.Equal((1, "MOPS7134"), (joined.ExitCode, string.Join(',', joined.Codes)));
        Assert.Equal((1, "MOPS7134"), (unjoined.ExitCode, string.Join(',', unjoined.Codes)));
        apps.Done();
    }

    /// <summary>The base model has weights that a safetensors reader takes, and a card with a licence.</summary>
    private static TestRepository Repository()
    {
        TestRepository repository = Packaging.Repository().Write("base/README.md", "---\nlicense: apache-2.0\n---\n# Base\n")
            .Write("nuget.config", "<configuration><packageSources><clear />"
                + $"<add key=\"sdk\" value=\"{SdkFeed.Packages}\" /><add key=\"libraries\" value=\"{LibraryFeed.Packages}\" /><add key=\"feed\" value=\"feed\" /></packageSources></configuration>");
        Directory.CreateDirectory(repository.PathOf("feed"));
        return WithWeights(repository);
    }

    private static TestRepository WithWeights(TestRepository repository)
    {
        File.WriteAllBytes(repository.PathOf("base/model.safetensors"), DownloadedModel.Weights(["model.embed_tokens.weight"]));
        return repository;
    }
}
