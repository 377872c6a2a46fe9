using System.Runtime.CompilerServices;

namespace ModelOps.Runtime.Tests;

/// <summary>What these tests' models taught nobody else has to know.</summary>
internal static class TestHome
{
    [ModuleInitializer]
    internal static void Set()
    {
        string home = Directory.CreateTempSubdirectory("modelops-home-").FullName;
        Environment.SetEnvironmentVariable("MODELOPS_HOME", home);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(home, recursive: true);
    }
}
