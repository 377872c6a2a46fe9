using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ModelOps.Sdk.Tests;

/// <summary>One package in every kind of app: the files are there, and the answers are those of the evaluation.</summary>
public sealed class ConsumingEverywhere
{
    private const string Reference = """<PackageReference Include="Contoso.Triage" Version="1.2.0" />""";

    // Restored as net8.0; compiled against the reference assemblies at hand, because the targeting pack of .NET 8 is not part of this SDK.
    private const string Library = $$"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <TargetFramework>net8.0</TargetFramework>
            <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
            <DisableTransitiveFrameworkReferenceDownloads>true</DisableTransitiveFrameworkReferenceDownloads>
            <CheckEolTargetFramework>false</CheckEolTargetFramework>
          </PropertyGroup>
          <ItemGroup>
            {{Reference}}
            <Reference Include="$(NetCoreTargetingPackRoot)/Microsoft.NETCore.App.Ref/$(BundledNETCoreAppPackageVersion)/ref/net10.0/*.dll" Private="false" />
          </ItemGroup>
        </Project>
        """;

    private const string Ask = """
        using Microsoft.Extensions.AI;
        using ModelOps.Runtime;
        using IChatClient triage = ModelChatClient.Open(Desk.Where.Model);
        while (System.Console.ReadLine() is { } ticket)
        {
            System.Console.WriteLine((await triage.GetResponseAsync(ticket)).Text);
        }
        """;

    private const string Serve = """
        using Microsoft.AspNetCore.Builder;
        using Microsoft.Extensions.AI;
        using Microsoft.Extensions.DependencyInjection;
        using Microsoft.Extensions.Logging;
        var builder = WebApplication.CreateBuilder(args);
        builder.Logging.ClearProviders();
        builder.Services.AddModelPackage("Contoso.Triage");
        await using WebApplication app = builder.Build();
        app.MapGet("/triage", async (string ticket, IChatClient triage) => (await triage.GetResponseAsync(ticket)).Text);
        app.Urls.Add("http://127.0.0.1:0");
        await app.StartAsync();
        using var client = new System.Net.Http.HttpClient();
        while (System.Console.ReadLine() is { } ticket)
        {
            System.Console.WriteLine(await client.GetStringAsync(System.Linq.Enumerable.First(app.Urls) + "/triage?ticket=" + System.Uri.EscapeDataString(ticket)));
        }
        """;

    [FactOnLinux]
    public void Published_folder_single_file_image_web_app_and_test_project_answer_alike_through_a_library_for_dotnet_8()
    {
        AnsweringModel model = AnsweringModel.Packed;
        using var registry = new ImageRegistry();
        ConsumingRepository apps = new ConsumingRepository(models: model.Feed)
            .Write("Lib/Lib.csproj", Library)
            .Write("Lib/Where.cs", "namespace Desk;\npublic static class Where\n{\n    public static string Model => Triage.Path;\n}\n")
            .Write("App/App.csproj", Project("Microsoft.NET.Sdk", """<ProjectReference Include="../Lib/Lib.csproj" />"""))
            .Write("App/Program.cs", Ask)
            .Write("Web/Web.csproj", Project("Microsoft.NET.Sdk.Web", Reference))
            .Write("Web/Program.cs", Serve)
            .Write("App.Tests/App.Tests.csproj", Project("Microsoft.NET.Sdk", """
                <ProjectReference Include="../Lib/Lib.csproj" />
                <PackageReference Include="Microsoft.NET.Test.Sdk" Version="18.11.0" />
                <PackageReference Include="xunit" Version="2.9.3" />
                <PackageReference Include="xunit.runner.visualstudio" Version="4.0.1" />
                """))
            .Write("App.Tests/ModelTests.cs", $$"""
                using Microsoft.Extensions.AI;
                using ModelOps.Runtime;
                using Xunit;
                public class ModelTests
                {
                    [Fact]
                    public async System.Threading.Tasks.Task It_answers()
                    {
                        using IChatClient triage = ModelChatClient.Open(Desk.Where.Model);
                        Assert.Equal({{Literal(model.Answers[0])}}, (await triage.GetResponseAsync({{Literal(model.Questions[0])}})).Text);
                    }
                }
                """);

        Built(apps, "publish", "App", "-o", apps.PathOf("folder"));
        Built(apps, "publish", "App", "-o", apps.PathOf("single"), "-r", Rid, "--self-contained", "false", "-p:PublishSingleFile=true", "-p:EnableSingleFileAnalyzer=false");
        Built(apps, "publish", "App", "-t:PublishContainer", $"-p:ContainerBaseImage={registry.Image}", $"-p:ContainerArchiveOutputPath={apps.PathOf("image.tar.gz")}", "-p:ContainerRepository=triage");
        ImageRegistry.Extract(apps.PathOf("image.tar.gz"), apps.PathOf("image"));
        Built(apps, "publish", "Web", "-o", apps.PathOf("web"));
        Built(apps, "test", "App.Tests");

        Answers(apps, model, "dotnet", apps.PathOf("folder/App.dll"));
        Answers(apps, model, apps.PathOf("single/App"));
        Assert.Equal(["App", "App.pdb", "Lib.pdb"], Directory.GetFiles(apps.PathOf("single")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Answers(apps, model, "dotnet", apps.PathOf("image/app/App.dll"));
        Answers(apps, model, "dotnet", apps.PathOf("web/Web.dll"));
        Assert.All(["folder", "single", "image/app", "web", "App.Tests/bin/Debug/net10.0", "Lib/bin/Debug/net8.0"], place => Assert.All(
            ["Contoso.Triage/modelops.json", "Contoso.Triage/adapter_model.safetensors", "BaseModel.base/model.safetensors"], file => Assert.True(File.Exists(apps.PathOf($"{place}/models/{file}")), $"{place} {file}")));
        apps.Done();
    }

    private static string Rid => RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? "linux-musl-x64" : $"linux-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";

    private static string Project(string sdk, string items) => $"""
        <Project Sdk="{sdk}">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <InvariantGlobalization>true</InvariantGlobalization>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
          </PropertyGroup>
          <ItemGroup>
            {items}
          </ItemGroup>
        </Project>
        """;

    private static string Literal(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    private static void Built(ConsumingRepository apps, string verb, string project, params string[] more)
    {
        BuildResult build = apps.Run([verb, apps.PathOf(project), .. more]);
        Assert.True(build.Succeeded, $"{verb} {project} {string.Join(' ', more)}\n{build.Output}");
        Assert.Empty(build.Codes);
    }

    private static void Answers(ConsumingRepository apps, AnsweringModel model, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["MODELOPS_HOME"] = apps.PathOf("home");
        using Process app = Process.Start(start)!;
        app.StandardInput.Write(model.Input);
        app.StandardInput.Close();
        Assert.Equal(model.Answers, app.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        app.WaitForExit();
        Assert.Equal(0, app.ExitCode);
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class FactOnLinuxAttribute : FactAttribute
    {
        public FactOnLinuxAttribute() => Skip = OperatingSystem.IsLinux() ? null : "The image and the single file are made for Linux.";
    }
}
