namespace ModelOps.Sdk.Tests;

/// <summary>Two versions of one model in one app, and what happens when the other one is not whole.</summary>
public sealed class ConsumingVersions
{
    [Fact]
    public void A_downloaded_version_stands_beside_the_referenced_one_on_the_same_base()
    {
        TestRepository models = Packaging.Repository("versions").Save();
        Assert.True(models.Run("pack").Succeeded);
        BuildResult newer = models.Run("pack", "--no-restore", "-p:Version=1.3.0");
        Assert.True(newer.Succeeded, newer.Output);
        Assert.Empty(newer.Ran);
        ConsumingRepository apps = new ConsumingRepository(models: models.PathOf("out"))
            .Project("App/App.csproj", """
                <PackageReference Include="Contoso.Triage" Version="1.2.0" />
                <PackageDownload Include="Contoso.Triage" Version="[1.3.0]" />
                """, "<OutputType>Exe</OutputType><InvariantGlobalization>true</InvariantGlobalization><NoWarn>$(NoWarn);CA1303;CA1707</NoWarn>")
            .Write("App/Program.cs", """
                using System;
                using System.IO;
                foreach (string path in new[] { Triage.Path, Triage_1_3_0.Path })
                {
                    Console.WriteLine(Path.GetFileName(path) + " " + File.Exists(Path.Combine(path, "adapter_model.safetensors")));
                }

                Console.WriteLine(Triage.Version + " " + Triage_1_3_0.Version + " " + (Triage_1_3_0.TryParse("bug", out Triage_1_3_0.Label label) && label == Triage_1_3_0.Label.Bug));
                """);

        BuildResult publish = apps.Run("publish", apps.PathOf("App"), "-o", apps.PathOf("pub"));
        BuildResult run = apps.Run(apps.PathOf("pub/App.dll"));
        BuildResult asked = apps.Run("build", apps.PathOf("App"), "-c", "Release", "--no-restore", "-v:n");
        string weights = Path.Combine(apps.CacheOf("Contoso.Triage", "1.3.0"), "model", "adapter_model.safetensors");
        File.AppendAllText(weights, "x");
        BuildResult damaged = apps.Run("build", apps.PathOf("App"), "-c", "Release", "--no-restore");

        Assert.True(publish.Succeeded, publish.Output);
        Assert.Empty(publish.Codes);
        Assert.Equal(["Contoso.Triage True", "Contoso.Triage@1.3.0 True", "1.2.0 1.3.0 True"], run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.Equal(["BaseModel.base", "Contoso.Triage", "Contoso.Triage@1.3.0"], Directory.GetDirectories(apps.PathOf("pub/models")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains("Skipping target \"ModelOpsVerifyPackages\"", asked.Output, StringComparison.Ordinal);
        Assert.Equal((1, "MOPS7001"), (damaged.ExitCode, string.Join(',', damaged.Codes)));
        apps.Done();
        models.Done();
    }
}
