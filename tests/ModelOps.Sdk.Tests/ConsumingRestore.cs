using System.IO.Compression;

namespace ModelOps.Sdk.Tests;

/// <summary>Model packages are restored as any others: central versions, lock files, no feed at hand; and from any language.</summary>
public sealed class ConsumingRestore
{
    private const string NoFeed = "<configuration><packageSources><clear /></packageSources></configuration>";

    [Fact]
    public void Central_versions_a_lock_file_and_no_feed()
    {
        string feed = Directory.CreateTempSubdirectory("modelops-feed-").FullName;
        foreach (string file in Directory.GetFiles(ConsumingRepository.ModelFeed, "*.nupkg"))
        {
            File.Copy(file, Path.Combine(feed, Path.GetFileName(file)));
        }

        ConsumingRepository repository = new ConsumingRepository(models: feed)
            .Write("Directory.Packages.props", """
                <Project>
                  <PropertyGroup>
                    <ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally>
                    <CentralPackageTransitivePinningEnabled>true</CentralPackageTransitivePinningEnabled>
                  </PropertyGroup>
                  <ItemGroup><PackageVersion Include="Contoso.Triage" Version="1.2.0" /></ItemGroup>
                </Project>
                """)
            .Project("App/App.csproj", """<PackageReference Include="Contoso.Triage" />""",
                "<OutputType>Exe</OutputType><InvariantGlobalization>true</InvariantGlobalization><RestorePackagesWithLockFile>true</RestorePackagesWithLockFile>")
            .Write("App/Program.cs", "System.Console.WriteLine(Triage.Version);\n");

        BuildResult first = repository.Run("build", repository.PathOf("App"));
        string locked = File.ReadAllText(repository.PathOf("App/packages.lock.json"));
        string feeds = File.ReadAllText(repository.PathOf("nuget.config"));

        // No feed: the cache and the lock file are all there is.
        Directory.Delete(repository.PathOf("App/obj"), recursive: true);
        BuildResult offline = repository.Write("nuget.config", NoFeed).Run("build", repository.PathOf("App"), "-p:RestoreLockedMode=true");

        // Another package under the same version: a machine that has not restored it yet does not take it for the one that was locked.
        using (ZipArchive package = ZipFile.Open(Path.Combine(feed, "Contoso.Triage.1.2.0.nupkg"), ZipArchiveMode.Update))
        {
            package.CreateEntry("report/more.txt");
        }

        Directory.Delete(repository.Model, recursive: true);
        BuildResult swapped = repository.Write("nuget.config", feeds).Run("build", repository.PathOf("App"), "-p:RestoreLockedMode=true");

        Assert.True(first.Succeeded, first.Output);
        Assert.Empty(first.Codes);
        Assert.Contains("\"contentHash\"", locked, StringComparison.Ordinal);
        Assert.Contains("BaseModel.base", locked, StringComparison.Ordinal);
        Assert.True(offline.Succeeded, offline.Output);
        Assert.Equal(locked, File.ReadAllText(repository.PathOf("App/packages.lock.json")));
        Assert.Equal((1, "NU1403"), (swapped.ExitCode, string.Join(',', swapped.Codes)));
        Directory.Delete(feed, recursive: true);
        repository.Done();
    }

    [Fact]
    public void A_private_feed_with_credentials_says_what_is_outdated_and_deprecated()
    {
        const string Password = "s3cret-of-the-feed";
        using var feed = new FeedServer { Credentials = "ci:" + Password };
        foreach (string file in Directory.GetFiles(ConsumingRepository.ModelFeed, "*.nupkg"))
        {
            feed.Packages[Path.GetFileName(file).ToLowerInvariant()] = File.ReadAllBytes(file);
        }

        feed.Packages["contoso.triage.1.3.0.nupkg"] = [];
        feed.Deprecated["contoso.triage"] = "Legacy";
        ConsumingRepository repository = Consuming.App().Write("nuget.config", $"""
            <configuration>
              <packageSources><clear /><add key="libraries" value="{LibraryFeed.Packages}" /><add key="models" value="{feed.Index}" allowInsecureConnections="true" /></packageSources>
              <packageSourceCredentials><models><add key="Username" value="ci" /><add key="ClearTextPassword" value="%MODELS_PASSWORD%" /></models></packageSourceCredentials>
            </configuration>
            """);

        BuildResult wrong = repository.Environment("MODELS_PASSWORD", "another").Run("restore", repository.PathOf("App"));
        BuildResult build = repository.Environment("MODELS_PASSWORD", Password).Run("build", repository.PathOf("App"));
        BuildResult outdated = repository.Run("list", repository.PathOf("App/App.csproj"), "package", "--outdated");
        BuildResult deprecated = repository.Run("list", repository.PathOf("App/App.csproj"), "package", "--deprecated");

        Assert.Equal((1, true), (wrong.ExitCode, wrong.Output.Contains("401", StringComparison.Ordinal)));
        Assert.True(build.Succeeded, build.Output);
        Assert.Matches(@"Contoso\.Triage\s+1\.2\.0\s+1\.2\.0\s+1\.3\.0", outdated.Output);
        Assert.Matches(@"Contoso\.Triage\s+1\.2\.0\s+1\.2\.0\s+Legacy", deprecated.Output);
        Assert.All(Directory.GetFiles(repository.PathOf("App/obj"), "*", SearchOption.AllDirectories), file => Assert.DoesNotContain(Password, File.ReadAllText(file), StringComparison.Ordinal));
        repository.Done();
    }

    [Theory]
    [InlineData("vbproj", "Program.vb", "Module Program\n    Sub Main()\n        System.Console.WriteLine(\"here\")\n    End Sub\nEnd Module\n")]
    [InlineData("fsproj", "Program.fs", "printfn \"here\"\n")]
    public void Other_languages_get_the_files_and_no_source(string extension, string source, string text)
    {
        ConsumingRepository repository = new ConsumingRepository()
            .Write($"App/App.{extension}", $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                    <TargetFramework>net10.0</TargetFramework>
                    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                  </PropertyGroup>
                  <ItemGroup>
                    <Compile Include="{source}" Condition="'$(Language)' == 'F#'" />
                    <PackageReference Include="Contoso.Triage" Version="1.2.0" />
                  </ItemGroup>
                </Project>
                """)
            .Write("App/" + source, text);

        BuildResult build = repository.Run("build", repository.PathOf("App"));

        Assert.True(build.Succeeded, build.Output);
        Assert.Empty(build.Codes);
        Assert.True(File.Exists(repository.PathOf("App/bin/Debug/net10.0/models/Contoso.Triage/modelops.json")));
        Assert.Equal(["verified.txt"], Directory.GetFiles(repository.PathOf("App/obj/Debug/net10.0/modelops.consume")).Select(Path.GetFileName));
        repository.Done();
    }
}
