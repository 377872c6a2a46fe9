using System.IO.Compression;

namespace ModelOps.Benchmarks.Groups;

/// <summary>What a model package costs whoever uses it: a build with nothing to do, and a restore.</summary>
internal static class PackageGroup
{
    private const string NoOp = "build --no-restore -v quiet";
    private const int PayloadBytes = 200_000_000;

    public static IEnumerable<Measure> Measures(string root)
    {
        var sandbox = new Sandbox(root);
        yield return NoOpBuild(sandbox);
        yield return Restore(sandbox);
    }

    /// <summary>An app with a model package and one without, nothing changed.</summary>
    private static Measure NoOpBuild(Sandbox sandbox) => new("package/noop", "ms", "<=", 1.05,
        () => sandbox.Dotnet(sandbox.PathOf("app"), NoOp),
        () => sandbox.Dotnet(sandbox.PathOf("plain"), NoOp))
    {
        Prepare = () =>
        {
            PackModel(sandbox);
            WriteApp(sandbox, "app", "Contoso.Triage");
            WriteApp(sandbox, "plain", null);
            foreach (string arguments in new[] { "build -v quiet", NoOp, NoOp })
            {
                sandbox.Dotnet(sandbox.PathOf("app"), arguments);
                sandbox.Dotnet(sandbox.PathOf("plain"), arguments);
            }
        },
    };

    /// <summary>An adapter of 200 MB against a package with the same bytes that is no model; all that they depend on is in the cache.</summary>
    private static Measure Restore(Sandbox sandbox) => new("package/restore", "ms", "<=", 1.1,
        () => RestoreAnew(sandbox, "large", "contoso.large"),
        () => RestoreAnew(sandbox, "bytes", "contoso.bytes"))
    {
        Pairs = 10,
        Prepare = () =>
        {
            PackModel(sandbox);
            WriteLarge(sandbox, "Contoso.Large", model: true);
            WriteLarge(sandbox, "Contoso.Bytes", model: false);
            WriteApp(sandbox, "large", "Contoso.Large");
            WriteApp(sandbox, "bytes", "Contoso.Bytes");
            RestoreAnew(sandbox, "large", "contoso.large");
            RestoreAnew(sandbox, "bytes", "contoso.bytes");
        },
    };

    private static double RestoreAnew(Sandbox sandbox, string app, string package)
    {
        foreach (string folder in new[] { sandbox.PathOf("packages-cache", package), sandbox.PathOf(app, "obj") }.Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
        }

        return sandbox.Dotnet(sandbox.PathOf(app), "restore -v quiet");
    }

    private static void PackModel(Sandbox sandbox)
    {
        if (!File.Exists(Feed(sandbox, "Contoso.Triage")))
        {
            ManyProjects.WriteAdapter(sandbox, "model", files: 1);
            sandbox.Dotnet(sandbox.PathOf("model"), $"pack -v quiet -p:PackageId=Contoso.Triage -p:Version=1.0.0 -p:PackageLicenseExpression=MIT -p:PackageOutputPath={sandbox.PathOf("artifacts", "packages")}");
        }
    }

    /// <summary>The small model's package under another id with a large file more; without what makes it a model, for the peer.</summary>
    private static void WriteLarge(Sandbox sandbox, string id, bool model)
    {
        string target = Feed(sandbox, id);
        File.Copy(Feed(sandbox, "Contoso.Triage"), target, overwrite: true);
        using ZipArchive package = ZipFile.Open(target, ZipArchiveMode.Update);
        ZipArchiveEntry nuspec = package.Entries.Single(e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal));
        string text;
        using (var reader = new StreamReader(nuspec.Open()))
        {
            text = reader.ReadToEnd().Replace("Contoso.Triage", id, StringComparison.Ordinal);
        }

        nuspec.Delete();
        using (var writer = new StreamWriter(package.CreateEntry($"{id}.nuspec").Open()))
        {
            int start = text.IndexOf("<dependencies>", StringComparison.Ordinal), end = text.IndexOf("</dependencies>", StringComparison.Ordinal) + "</dependencies>".Length;
            writer.Write(model ? text : text.Remove(start, end - start));
        }

        if (!model)
        {
            package.Entries.Where(e => e.FullName.StartsWith("buildTransitive/", StringComparison.Ordinal)).ToList().ForEach(e => e.Delete());
        }

        var bytes = new byte[PayloadBytes];
        new Random(1).NextBytes(bytes);
        using Stream payload = package.CreateEntry("model/large.safetensors", CompressionLevel.Fastest).Open();
        payload.Write(bytes);
    }

    private static string Feed(Sandbox sandbox, string id) => sandbox.PathOf("artifacts", "packages", $"{id}.1.0.0.nupkg");

    private static void WriteApp(Sandbox sandbox, string folder, string? package)
    {
        string reference = package is null ? "" : $"""<PackageReference Include="{package}" Version="1.0.0" />""";
        sandbox.Write($"{folder}/{folder}.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework></PropertyGroup>
              <ItemGroup>{reference}</ItemGroup>
            </Project>
            """);
        sandbox.Write($"{folder}/Program.cs", "System.Console.WriteLine(\"here\");\n");
    }
}
