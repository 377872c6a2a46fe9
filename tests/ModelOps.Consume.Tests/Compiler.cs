using System.Diagnostics;
using System.Reflection;

namespace ModelOps.Consume.Tests;

/// <summary>The C# compiler of the .NET SDK that built these tests.</summary>
internal static class Compiler
{
    private static readonly string s_path = typeof(Compiler).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Compiler").Value!;

    private static readonly string[] s_references = ["System.Private.CoreLib", "System.Runtime", "System.Collections", "System.Linq", "System.Memory", "System.Text.Json"];

    public static bool IsHere => File.Exists(s_path);

    /// <summary>Compiles a library as strictly as a project can ask for: every warning is an error, no implicit usings. Returns what the compiler said.</summary>
    public static string Compile(TemporaryFolder folder, string languageVersion, params string[] sources) => Compile(folder, languageVersion, "enable", sources);

    /// <summary>What was compiled last in this folder.</summary>
    public static Assembly Load(TemporaryFolder folder) => Assembly.Load(File.ReadAllBytes(folder["out.dll"]));

    /// <param name="nullable"><c>enable</c> or <c>disable</c>, as the project says.</param>
    public static string Compile(TemporaryFolder folder, string languageVersion, string nullable, string[] sources)
    {
        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string[] files = [.. sources.Select((source, i) => folder.Write($"{i}.cs", source))];
        string[] arguments =
        [
            "exec", s_path, "-nologo", "-noconfig", "-nostdlib", "-target:library", $"-nullable:{nullable}", "-warnaserror", "-warn:9999", $"-langversion:{languageVersion}",
            .. s_references.Select(name => $"-r:{Path.Combine(runtime, name + ".dll")}"), $"-out:{folder["out.dll"]}", .. files,
        ];
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? said.Trim() : $"exit code {process.ExitCode}: {said}";
    }
}

/// <summary>A theory that needs the compiler.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TheoryIfCompilerAttribute : TheoryAttribute
{
    public TheoryIfCompilerAttribute()
    {
        if (!Compiler.IsHere)
        {
            Skip = "the C# compiler is not where this SDK keeps it";
        }
    }
}
