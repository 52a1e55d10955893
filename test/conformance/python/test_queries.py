"""Queries: filters, pages, FetchXML, SQL and frames."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from PowerPlatform.Dataverse.models.filters import col, raw
from PowerPlatform.Dataverse.models.query_builder import ExpandOption

if TYPE_CHECKING:
    from PowerPlatform.Dataverse.client import DataverseClient


@pytest.fixture
def people(client: DataverseClient) -> DataverseClient:
    """Two companies; ten people of the first."""
    north, _south = client.records.create(
        "account", [{"name": "North", "revenue": 10}, {"name": "South", "revenue": 20}]
    )
    client.records.create(
        "contact",
        [
            {
                "firstname": "P",
                "lastname": f"{number:02}",
                "numberofchildren": number,
                "birthdate": f"1990-01-{number + 1:02}",
                "parentcustomerid_account@odata.bind": f"/accounts({north})",
            }
            for number in range(10)
        ],
    )
    return client


def test_pages_are_followed_to_the_end(people: DataverseClient) -> None:
    pages = list(people.records.list_pages("contact", select=["lastname"], orderby=["lastname desc"], page_size=4))
    assert [len(page) for page in pages] == [4, 4, 2]
    assert [row["lastname"] for page in pages for row in page] == [f"{number:02}" for number in reversed(range(10))]
    assert len(people.records.list("contact", page_size=3)) == 10
    assert len(people.records.list("contact", top=5)) == 5


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (col("numberofchildren") == 3, 1),
        (col("numberofchildren") >= 7, 3),
        ((col("lastname") == "01") | (col("lastname") == "02"), 2),
        (~(col("numberofchildren") < 9), 1),
        (col("lastname").in_(["01", "02", "x"]), 2),
        (col("numberofchildren").between(2, 4), 3),
        (col("lastname").contains("0"), 10),
        (col("lastname").startswith("00"), 1),
        (col("lastname").endswith("9"), 1),
        (col("jobtitle").is_null(), 10),
        (col("birthdate") >= dt.date(1990, 1, 9), 2),
        (col("createdon") > dt.datetime(2001, 1, 1, tzinfo=dt.timezone.utc), 10),
        (raw("statecode eq 0 and contains(fullname,'P 0')"), 10),
    ],
)
def test_conditions_of_the_builder(people: DataverseClient, condition: object, found: int) -> None:
    assert len(people.query.builder("contact").select("fullname").where(condition).execute()) == found


def test_what_a_builder_asks_for(people: DataverseClient) -> None:
    query = people.query.builder("contact").select("lastname", "createdon").order_by("lastname", descending=True)
    rows = query.top(2).include_formatted_values().execute()
    assert [row["lastname"] for row in rows] == ["09", "08"]
    assert "createdon@OData.Community.Display.V1.FormattedValue" in rows.first()
    pages = list(people.query.builder("contact").select("lastname").page_size(6).count().execute_pages())
    assert [len(page) for page in pages] == [6, 4]


def test_rows_of_the_other_side_are_expanded(people: DataverseClient) -> None:
    children = ExpandOption("contact_customer_accounts").select("lastname").order_by("lastname").top(2)
    query = people.query.builder("account").select("name").where(col("name") == "North").expand(children)
    [north] = query.execute()
    assert [child["lastname"] for child in north["contact_customer_accounts"]] == ["00", "01"]


def test_an_id_may_be_compared_as_text(people: DataverseClient) -> None:
    [row] = people.records.list("account", filter="name eq 'South'")
    assert len(people.query.builder("account").where(col("accountid") == row["accountid"]).execute()) == 1


def test_fetchxml_is_paged_by_its_cookie(people: DataverseClient) -> None:
    xml = """
      <fetch count="4"><entity name="contact"><attribute name="lastname" /><order attribute="lastname" />
        <filter><condition attribute="numberofchildren" operator="lt" value="9" /></filter>
        <link-entity name="account" from="accountid" to="parentcustomerid" alias="company" link-type="inner">
          <attribute name="name" />
        </link-entity>
      </entity></fetch>"""
    pages = list(people.query.fetchxml(xml).execute_pages())
    assert [len(page) for page in pages] == [4, 4, 1]
    assert [row["lastname"] for page in pages for row in page] == [f"{number:02}" for number in range(9)]
    assert pages[0].first()["company.name"] == "North"


def test_fetchxml_adds_up(people: DataverseClient) -> None:
    xml = """
      <fetch aggregate="true"><entity name="contact">
        <attribute name="numberofchildren" aggregate="sum" alias="children" />
        <attribute name="contactid" aggregate="count" alias="people" />
      </entity></fetch>"""
    [row] = people.query.fetchxml(xml).execute()
    assert (row["children"], row["people"]) == (45, 10)


def test_sql(people: DataverseClient) -> None:
    rows = people.query.sql("SELECT TOP 2 lastname FROM contact WHERE numberofchildren > 5 ORDER BY lastname DESC")
    assert [row["lastname"] for row in rows] == ["09", "08"]
    counted = "SELECT a.name, COUNT(c.contactid) AS n FROM account a"
    joined = "JOIN contact c ON c.parentcustomerid = a.accountid GROUP BY a.name"
    frame = people.dataframe.sql(f"{counted} {joined}")
    assert frame.to_dict("records") == [{"name": "North", "n": 10}]
    page = "SELECT lastname FROM contact ORDER BY lastname OFFSET 3 ROWS FETCH NEXT 2 ROWS ONLY"
    assert [row["lastname"] for row in people.query.sql(page)] == ["03", "04"]


def test_columns_that_sql_may_name(people: DataverseClient) -> None:
    assert {"name", "accountnumber", "revenue"} <= {column["name"] for column in people.query.sql_columns("account")}


def test_frames_are_written_read_changed_and_deleted(client: DataverseClient) -> None:
    frame = pd.DataFrame({"name": ["a", "b", "c"], "telephone1": ["1", None, "3"], "numberofemployees": [1, 2, 3]})
    frame["accountid"] = client.dataframe.create("account", frame)
    client.dataframe.update("account", frame.assign(name=["A", "B", "C"]), id_column="accountid")
    cleared = pd.DataFrame([{"accountid": frame["accountid"][0], "telephone1": None}])
    client.dataframe.update("account", cleared, id_column="accountid", clear_nulls=True)
    read = client.query.builder("account").select("name", "telephone1").order_by("name").execute().to_dataframe()
    assert read["name"].tolist() == ["A", "B", "C"]
    assert read["telephone1"].isna().tolist() == [True, True, False]
    client.dataframe.delete("account", frame["accountid"], use_bulk_delete=False)
    assert len(client.records.list("account")) == 0
