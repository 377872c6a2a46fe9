using System.Security.Cryptography;

namespace ModelOps.Sdk.Tests;

/// <summary>Signed with the tool, restored from a feed, held against a policy by the app's own build.</summary>
public sealed class ConsumingTrust
{
    private const string Policy = """{ "format": 1, "trustedKeys": ["keys/ci.pem"], "allowedLicenses": ["MIT"] }""";

    [Fact]
    public void A_policy_takes_what_was_signed_and_refuses_what_was_not_or_was_changed_since()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string feed = Directory.CreateTempSubdirectory("modelops-feed-").FullName;
        string[] packages = [.. Directory.GetFiles(ConsumingRepository.ModelFeed, "*.nupkg").Select(file => Path.Combine(feed, Path.GetFileName(file)))];
        Array.ForEach(packages, target => File.Copy(Path.Combine(ConsumingRepository.ModelFeed, Path.GetFileName(target)), target));
        ProcessResult sign = Dotnet.Run(feed, new Dictionary<string, string> { ["CI_KEY"] = key.ExportPkcs8PrivateKeyPem() }, ["exec", SourceTree.Tool, "sign", .. packages, "--key-variable", "CI_KEY"]);
        Assert.True(sign.ExitCode == 0, sign.Output);

        ConsumingRepository signed = App(feed, key);
        BuildResult first = Build(signed);
        BuildResult again = signed.Run("build", signed.PathOf("App"), "--no-restore", "-v:n");
        BuildResult licence = Build(signed.Write("modelops.trust.json", Policy.Replace("MIT", "GPL-2.0-only", StringComparison.Ordinal)));
        signed.Write("modelops.trust.json", Policy);
        string forged = Flip(Path.Combine(signed.Model, "signatures", "modelops.intoto.jsonl"), fromEnd: 20, signed);
        string evidence = Flip(Path.Combine(signed.Model, "lineage", "evaluation.intoto.jsonl"), fromEnd: 20, signed);

        ConsumingRepository unsigned = App(ConsumingRepository.ModelFeed, key);
        BuildResult refused = Build(unsigned);
        BuildResult warned = Build(unsigned, "-p:ModelOpsTrust=Warn", "-p:TreatWarningsAsErrors=false", "-p:MSBuildTreatWarningsAsErrors=false");

        Assert.True(first.Succeeded, first.Output);
        Assert.Empty(first.Codes);
        Assert.True(again.Succeeded, again.Output);
        Assert.Contains("Skipping target \"ModelOpsVerifyPackages\" because all output files are up-to-date", again.Output, StringComparison.Ordinal);
        Assert.Equal((1, "MOPS6116"), (licence.ExitCode, string.Join(',', licence.Codes)));
        Assert.Matches("^MOPS611[234]$", forged);
        Assert.Equal("MOPS6110", evidence);
        Assert.Equal((1, "MOPS6114"), (refused.ExitCode, string.Join(',', refused.Codes)));
        Assert.True(warned.Succeeded, warned.Output);
        Assert.Equal(["MOPS6114"], warned.Codes);
        signed.Done();
        unsigned.Done();
        Directory.Delete(feed, recursive: true);
    }

    private static ConsumingRepository App(string feed, ECDsa key) => new ConsumingRepository(models: feed)
        .Project("App/App.csproj", """<PackageReference Include="Contoso.Triage" Version="1.2.0" />""", "<OutputType>Exe</OutputType><InvariantGlobalization>true</InvariantGlobalization>")
        .Write("App/Program.cs", "System.Console.WriteLine(Triage.Path);\n")
        .Write("keys/ci.pem", key.ExportSubjectPublicKeyInfoPem())
        .Write("modelops.trust.json", Policy);

    private static BuildResult Build(ConsumingRepository repository, params string[] more) => repository.Run(["build", repository.PathOf("App"), .. more]);

    /// <summary>The code with which the build fails while one byte of the file is another.</summary>
    private static string Flip(string file, int fromEnd, ConsumingRepository repository)
    {
        byte[] good = File.ReadAllBytes(file);
        byte[] bad = [.. good];
        bad[^fromEnd] ^= 1;
        File.WriteAllBytes(file, bad);
        BuildResult build = Build(repository, "--no-restore");
        File.WriteAllBytes(file, good);
        Assert.Equal(1, build.ExitCode);
        return string.Join(',', build.Codes);
    }
}
