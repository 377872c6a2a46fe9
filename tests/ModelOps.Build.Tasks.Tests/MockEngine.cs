using System.Collections;
using Microsoft.Build.Framework;

namespace ModelOps.Build.Tasks.Tests;

/// <summary>A build engine that keeps what tasks log, one line per event, in MSBuild's form.</summary>
internal sealed class MockEngine : IBuildEngine
{
    private readonly List<string> _log = [];

    public string Log => string.Join('\n', _log);

    public bool ContinueOnError => false;

    public int LineNumberOfTaskNode => 0;

    public int ColumnNumberOfTaskNode => 0;

    public string ProjectFileOfTaskNode => "test.proj";

    public void LogErrorEvent(BuildErrorEventArgs e) => _log.Add($"{e.File}({e.LineNumber},{e.ColumnNumber}): error {e.Code}: {e.Message}");

    public void LogWarningEvent(BuildWarningEventArgs e) => _log.Add($"{e.File}({e.LineNumber},{e.ColumnNumber}): warning {e.Code}: {e.Message}");

    public void LogMessageEvent(BuildMessageEventArgs e) => _log.Add($"{e.Importance}: {e.Message}");

    public void LogCustomEvent(CustomBuildEventArgs e) => _log.Add(e.Message ?? "");

    public bool BuildProjectFile(string projectFileName, string[] targetNames, IDictionary globalProperties, IDictionary targetOutputs) => throw new NotSupportedException();
}
